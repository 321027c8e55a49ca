//! One JSON object in each line. Fields are written as fragments (`,"name":value`), so that the fields of spans, which are
//! formatted once, can be put into every line below them.

use std::fmt;

use serde_json::value::RawValue;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::names::field;

/// Formats events.
pub(super) struct Lines;

/// Formats fields.
pub(super) struct Fields;

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, Fields> for Lines {
    fn format_event(
        &self,
        context: &FmtContext<'_, S, Fields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = event.metadata().level().as_str().to_ascii_lowercase();
        write!(writer, "{{\"{}\":\"{level}\",\"{}\":\"", field::LEVEL, field::TIME)?;
        SystemTime.format_time(&mut writer)?;
        write!(writer, "\",\"{}\":\"{}\"", field::TARGET, event.metadata().target())?;
        for span in context.event_scope().into_iter().flat_map(tracing_subscriber::registry::Scope::from_root)
        {
            if let Some(fields) = span.extensions().get::<FormattedFields<Fields>>() {
                writer.write_str(&fields.fields)?;
            }
        }
        context.format_fields(writer.by_ref(), event)?;
        writer.write_str("}\n")
    }
}

impl<'writer> FormatFields<'writer> for Fields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut fragments = Fragments { writer, result: Ok(()) };
        fields.record(&mut fragments);
        fragments.result
    }
}

struct Fragments<'writer> {
    writer: Writer<'writer>,
    result: fmt::Result,
}

impl Fragments<'_> {
    fn write(&mut self, name: &Field, value: &impl serde::Serialize) {
        let fragment = serde_json::to_string(value).map_err(|_unwritable| fmt::Error);
        let fragment = fragment.and_then(|value| write!(self.writer, ",\"{}\":{value}", name.name()));
        self.result = self.result.and(fragment);
    }
}

impl Visit for Fragments<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.write(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.write(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.write(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.write(field, &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.write(field, &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        // The one nested value: `MaskedHeaders` displays itself as an object already.
        match (field.name(), serde_json::from_str::<&RawValue>(&text)) {
            (field::HEADERS, Ok(object)) => self.write(field, &object),
            _ => self.write(field, &text),
        }
    }
}
