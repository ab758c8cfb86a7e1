//! Renders cases for the comparison, in a process of its own: what hangs, panics or eats the memory
//! there ends that process alone.

use super::Answer;
use super::message::{read_request, write_answer};
use gotemplate::Limits;
use helm_render::chart::{Chart, SourceFile};
use helm_render::engine::DEFAULT_LIMITS;
use helm_render::{Compiled, ErrorKind, Options, Profile, Release, STACK_SIZE, values};
use std::io::{self, BufRead as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A tenth of what a chart may use: a hundred thousand cases are to be done in minutes.
const LIMITS: Limits = Limits {
    steps: DEFAULT_LIMITS.steps / 10,
    output: DEFAULT_LIMITS.output / 10,
    depth: DEFAULT_LIMITS.depth,
};

const HINT: &str = "\n\nUse --debug flag to render out invalid YAML";

/// Answers requests until standard input ends.
pub(super) fn run() -> io::Result<()> {
    let thread = std::thread::Builder::new().stack_size(STACK_SIZE).spawn(serve)?;
    thread.join().map_err(|_| io::Error::other("the thread that renders has panicked"))?
}

fn serve() -> io::Result<()> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let (files, values) =
            read_request(&line?).ok_or_else(|| io::Error::other("a malformed request"))?;
        let answer = catch_unwind(AssertUnwindSafe(|| answer(files, &values)));
        let answer = answer.unwrap_or_else(|reason| Answer::Panic(panic_text(reason.as_ref())));
        writeln!(output, "{}", write_answer(&answer))?;
        output.flush()?;
    }
    Ok(())
}

fn panic_text(reason: &(dyn std::any::Any + Send)) -> String {
    let text = reason.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| reason.downcast_ref::<&str>().copied()).unwrap_or("no message").to_owned()
}

/// What Molave makes of a chart.
fn answer(files: Vec<SourceFile>, user: &[u8]) -> Answer {
    match render(files, user) {
        Ok(text) => Answer::Output(text.into_bytes()),
        Err((true, message)) => Answer::Exhausted(message),
        Err((false, message)) => Answer::Error(message.into_bytes()),
    }
}

/// The notes, or the error and whether it is the limits' end.
fn render(files: Vec<SourceFile>, user: &[u8]) -> Result<String, (bool, String)> {
    let chart = Chart::load("fuzz", files).map_err(|error| (false, error.message))?;
    let user = values::read(user, Profile::Helm4)
        .map_err(|error| (false, format!("values: {}", error.message)))?;
    let compiled = Compiled::new(chart, Profile::Helm4).map_err(|error| described(&error))?;
    let options = Options { limits: LIMITS, ..Options::default() };
    let rendering =
        compiled.render(&user, &Release::default(), &options).map_err(|error| described(&error))?;
    Ok(rendering.notes.unwrap_or_default())
}

fn described(error: &helm_render::RenderError) -> (bool, String) {
    let is_exhausted = error.kind == ErrorKind::Exhausted;
    (is_exhausted, error.message.strip_suffix(HINT).unwrap_or(&error.message).to_owned())
}
