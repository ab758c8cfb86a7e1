//! A process that answers requests, with a limit on its memory and on the time of each answer. It
//! is started again after it is gone.

use super::Answer;
use super::message::read_answer;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How much processor time one answer may take, in hundredths of a second. The time on the wall
/// would say as much of the machine's other work.
const PATIENCE: u64 = 200;
/// How often the processor time is looked at.
const GLANCE: Duration = Duration::from_millis(250);
/// How many glances a process gets that does not even run.
const GLANCES: u32 = 240;

pub(super) struct Peer {
    command: Vec<String>,
    /// Kilobytes of address space.
    memory: u64,
    running: Option<Running>,
}

struct Running {
    child: Child,
    requests: ChildStdin,
    answers: Receiver<String>,
}

impl Peer {
    /// A process to be started with a command and so many megabytes of address space.
    pub(super) fn new(command: &[&str], megabytes: u64) -> Self {
        let command = command.iter().map(|word| (*word).to_owned()).collect();
        Self { command, memory: megabytes * 1024, running: None }
    }

    /// The answer to a request.
    pub(super) fn ask(&mut self, request: &str) -> io::Result<Answer> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => self.start()?,
        };
        if writeln!(running.requests, "{request}").and_then(|()| running.requests.flush()).is_err()
        {
            return Ok(running.end("it ended before the question"));
        }
        let spent = processor_time(running.child.id());
        for _ in 0..GLANCES {
            match running.answers.recv_timeout(GLANCE) {
                Ok(line) => {
                    self.running = Some(running);
                    return read_answer(&line)
                        .ok_or_else(|| io::Error::other(format!("no answer: {line}")));
                }
                Err(RecvTimeoutError::Timeout)
                    if processor_time(running.child.id()) > spent + PATIENCE =>
                {
                    break;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(running.end("it died")),
            }
        }
        Ok(running.end("no answer in 2 s"))
    }

    fn start(&self) -> io::Result<Running> {
        let limited = format!("ulimit -v {}; exec \"$0\" \"$@\"", self.memory);
        let mut child = Command::new("sh")
            .args(["-c", &limited])
            .args(&self.command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let requests = child.stdin.take().ok_or_else(|| io::Error::other("no stdin"))?;
        let output = child.stdout.take().ok_or_else(|| io::Error::other("no stdout"))?;
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Running { child, requests, answers })
    }
}

impl Running {
    /// Ends the process that did not answer.
    fn end(mut self, reason: &str) -> Answer {
        self.child.kill().ok();
        let status =
            self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        Answer::Gone(format!("{reason} ({status})"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.end("");
        }
    }
}

/// The processor time that a process has used, in hundredths of a second.
fn processor_time(process: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let numbers = after_name.split_whitespace().skip(11).take(2);
    numbers.filter_map(|number| number.parse::<u64>().ok()).sum()
}
