//! Everything that a command prints passes here, so that an output that is closed or full ends it in order, and never with a panic.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::failure::{Failure, describe};

/// Prints the result of a command, with one line break at its end.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    let whole = format!("{}\n", text.trim_end());
    write(&mut io::stdout().lock(), &whole).map_err(Failure::Output)
}

/// Tells the person who waits something beside the result.
pub(crate) fn tell(text: &str) {
    // Whoever has closed the error output does not want to be told, and there is nowhere else to complain.
    let _unheard = write(&mut io::stderr().lock(), &format!("{text}\n"));
}

/// Prints what the parser of the command line has to say: help, the version, or what is wrong with the line.
pub(crate) fn explain(found: &clap::Error) -> Result<ExitCode, Failure> {
    let printed = found.print().and_then(|()| io::stdout().lock().flush());
    let is_result = !found.use_stderr();
    match printed {
        Err(error) if is_result => Err(Failure::Output(error)),
        _ => Ok(u8::try_from(found.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)),
    }
}

/// The status for whoever started the command, who is told why it failed.
pub(crate) fn end(outcome: Result<ExitCode, Failure>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        // A reader that has seen enough, such as `head`, hangs up: that is news to nobody.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(failure) => {
            tell(&format!("atoll: {}", describe(&failure)));
            ExitCode::FAILURE
        }
    }
}

/// Writes to the end: what waited in a buffer when the process ends would be lost without a word.
fn write(output: &mut dyn Write, text: &str) -> io::Result<()> {
    output.write_all(text.as_bytes())?;
    output.flush()
}
