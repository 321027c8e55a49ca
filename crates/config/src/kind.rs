//! What a key takes, and how a written value becomes a typed one.
//!
//! Values written in a neighbouring form (a number as text, text as a number, one item instead of a list) are taken as
//! zot takes them. Everything that one value alone can get wrong is found here.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use crate::duration;
use crate::raw::Value;
use crate::size::ByteSize;

/// Nanoseconds below which a plain number cannot have been meant: `60` is sixty nanoseconds to zot, not a minute.
const PLAIN_NANOSECONDS_MIN: i128 = 1_000_000;
/// First parts of the paths that the server answers by itself: the API, the probes of its health, the web interface.
const PAGES: &[&str] =
    &["", "v2", "livez", "readyz", "startupz", "login", "home", "explore", "image", "user"];
/// The most characters of a wrong value that an error repeats.
const FOUND_CHARACTERS_MAX: usize = 60;

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A text that is never shown.
    Secret,
    /// A path of a file or folder; relative ones start at the working folder.
    Path,
    /// A host name or IP address without port.
    Address,
    /// An absolute `http` or `https` address.
    Url,
    /// The path part of a URL.
    UrlPath,
    /// One of these words, in any case.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Boolean,
    /// A whole number in this range.
    Integer {
        /// The smallest allowed.
        least: i64,
        /// The largest allowed.
        most: i64,
    },
    /// A TCP port, 0 for any free one.
    Port,
    /// A Go duration, not negative.
    Duration,
    /// A Go duration; zero or less means none.
    Timeout,
    /// Hours of the day, from one time to another; they may go over midnight.
    TimeWindow,
    /// A [`ByteSize`] in this range.
    Size {
        /// The fewest bytes allowed.
        least: u64,
        /// The most bytes allowed.
        most: u64,
    },
    /// A list of texts.
    Texts,
    /// A list of these words.
    Choices(&'static [&'static str]),
    /// A map with fixed keys.
    Stanza,
    /// A map with fixed keys that is on as soon as it is written, unless its key `enable` is false.
    Switch,
    /// A list of maps with fixed keys (`[]` in paths).
    Stanzas,
    /// A map from any name to a map with fixed keys (`*` in paths).
    Named,
    /// A map with any keys.
    Free,
}

/// A value of its key's kind. Secrets have no debug text, and free maps keep nothing that could be shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Typed {
    Text(String),
    Secret(Hidden),
    Boolean(bool),
    Integer(i64),
    Duration(Duration),
    Timeout(Option<Duration>),
    Size(ByteSize),
    Texts(Vec<String>),
    Free { entries: usize },
}

/// A text that nothing shows.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Hidden(pub(crate) String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Kind {
    /// What the key takes, in words that follow "must be".
    pub fn expected(self) -> String {
        match self {
            Self::Text | Self::Secret => "a text".to_owned(),
            Self::Path => "a path".to_owned(),
            Self::Address => {
                "an IP address or a host name, without port (0.0.0.0 for every IPv4 interface)".to_owned()
            }
            Self::Url => "an address that begins with http:// or https://".to_owned(),
            Self::UrlPath => "a path that begins with / and is no other page of the server, such as /, /v2, /livez or /home".to_owned(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::Boolean => "true or false".to_owned(),
            Self::Integer { least, most } => format!("a whole number from {least} to {most}"),
            Self::Port => "a port number from 0 to 65535".to_owned(),
            Self::Duration => "a duration with units that is not negative, such as 90s or 1h30m".to_owned(),
            Self::Timeout => "a duration with units, such as 60s (0s for none)".to_owned(),
            Self::TimeWindow => "two different times of the day, such as 22:00-04:00".to_owned(),
            Self::Size { least, most } => {
                let (least, most) = (ByteSize::from_bytes(least), ByteSize::from_bytes(most));
                format!("a size from {least} to {most}, such as 4096 or 32MiB")
            }
            Self::Texts => "a list of texts".to_owned(),
            Self::Choices(words) => format!("a list of {}", words.join(", ")),
            Self::Stanza | Self::Switch | Self::Named | Self::Free => "a map of keys".to_owned(),
            Self::Stanzas => "a list of maps of keys".to_owned(),
        }
    }

    /// The value as this kind, or nothing if it is none.
    pub(crate) fn convert(self, value: &Value) -> Option<Typed> {
        match self {
            Self::Text | Self::Path => text(value).map(Typed::Text),
            Self::Secret => text(value).map(|text| Typed::Secret(Hidden(text))),
            Self::Address => text(value).and_then(|text| address(&text)).map(Typed::Text),
            Self::Url => text(value).filter(|text| is_url(text)).map(Typed::Text),
            Self::UrlPath => text(value).filter(|text| is_url_path(text)).map(Typed::Text),
            Self::Choice(words) => word(&text(value)?, words).map(Typed::Text),
            Self::Boolean => boolean(value).map(Typed::Boolean),
            Self::Integer { least, most } => integer(value, least, most).map(Typed::Integer),
            Self::Port => integer(value, 0, u16::MAX.into()).map(Typed::Integer),
            Self::Duration => Some(Typed::Duration(positive(nanoseconds(value)?)?)),
            Self::Timeout => {
                Some(Typed::Timeout(positive(nanoseconds(value)?).filter(|time| !time.is_zero())))
            }
            Self::TimeWindow => text(value).filter(|text| is_time_window(text)).map(Typed::Text),
            Self::Size { least, most } => size(value, least, most).map(Typed::Size),
            Self::Texts => texts(value).map(Typed::Texts),
            Self::Choices(words) => {
                texts(value)?.iter().map(|text| word(text, words)).collect::<Option<_>>().map(Typed::Texts)
            }
            Self::Free => match value {
                Value::Map(entries) => Some(Typed::Free { entries: entries.len() }),
                _ => None,
            },
            Self::Stanza | Self::Switch | Self::Stanzas | Self::Named => None,
        }
    }

    /// The value as an error may show it.
    pub(crate) fn found(self, value: &Value) -> String {
        if matches!(self, Self::Secret | Self::Free) {
            return "something else".to_owned();
        }
        let shown = match value {
            Value::Null => "empty".to_owned(),
            Value::Boolean(value) => value.to_string(),
            Value::Integer(value) => value.to_string(),
            Value::Float(value) => value.to_string(),
            Value::Text(value) => format!("{value:?}"),
            Value::List(items) if matches!(self, Self::Choices(_)) => {
                let items: Vec<_> = items.iter().map(|item| Self::Text.found(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
        };
        match shown.char_indices().nth(FOUND_CHARACTERS_MAX) {
            Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
            None => shown,
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The words that Go's `strconv.ParseBool` knows, and 0 and 1.
fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Boolean(value) => Some(*value),
        Value::Integer(0) => Some(false),
        Value::Integer(1) => Some(true),
        Value::Text(text) => match text.to_ascii_lowercase().as_str() {
            "1" | "t" | "true" => Some(true),
            "0" | "f" | "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn integer(value: &Value, least: i64, most: i64) -> Option<i64> {
    let number = match value {
        Value::Integer(number) => i64::try_from(*number).ok()?,
        Value::Float(number) if number.fract() == 0.0 => format!("{number:.0}").parse().ok()?,
        Value::Text(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (least..=most).contains(&number).then_some(number)
}

/// A Go duration, or its nanoseconds as a plain number, as Go itself marshals them.
fn nanoseconds(value: &Value) -> Option<i64> {
    match value {
        Value::Text(text) => duration::parse(text).ok(),
        Value::Integer(number) if *number == 0 || number.abs() >= PLAIN_NANOSECONDS_MIN => {
            (*number).try_into().ok()
        }
        _ => None,
    }
}

fn positive(nanoseconds: i64) -> Option<Duration> {
    u64::try_from(nanoseconds).ok().map(Duration::from_nanos)
}

fn size(value: &Value, least: u64, most: u64) -> Option<ByteSize> {
    let size = text(value)?.parse::<ByteSize>().ok()?;
    (least..=most).contains(&size.bytes()).then_some(size)
}

/// A list; one text is split at commas, one number is a list of one.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::List(items) => items.iter().map(text).collect(),
        Value::Text(all) if all.trim().is_empty() => Some(Vec::new()),
        Value::Text(all) => Some(all.split(',').map(|item| item.trim().to_owned()).collect()),
        _ => text(value).map(|item| vec![item]),
    }
}

fn word(text: &str, words: &[&str]) -> Option<String> {
    words.iter().find(|word| word.eq_ignore_ascii_case(text)).map(|word| (*word).to_owned())
}

/// A host to listen on, an IPv6 address without its brackets.
pub(crate) fn address(text: &str) -> Option<String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let host = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    };
    // `%` begins the zone of a link-local address.
    let plain = bare.split('%').next().unwrap_or_default();
    (plain.parse::<IpAddr>().is_ok() || host(bare)).then(|| bare.to_owned())
}

fn is_url(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.starts_with('/') && !text.contains(char::is_whitespace))
}

fn is_url_path(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'%');
    let first = text.trim_start_matches('/').split('/').next().unwrap_or_default();
    text.starts_with('/') && !PAGES.contains(&first) && text.bytes().all(plain)
}

/// Empty for no window.
fn is_time_window(text: &str) -> bool {
    let minutes = |time: &str| {
        let (hour, minute) = time.trim().split_once(':')?;
        let is_number = |part: &str, least| {
            (least..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let (hours, rest): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        (is_number(hour, 1) && is_number(minute, 2) && hours < 24 && rest < 60).then_some(hours * 60 + rest)
    };
    let times = text.split_once('-').and_then(|(begin, end)| Some((minutes(begin)?, minutes(end)?)));
    text.trim().is_empty() || times.is_some_and(|(begin, end)| begin != end)
}

#[cfg(test)]
mod tests;
