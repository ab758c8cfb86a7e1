//! Reading and writing against tables that Go's libraries filled: sigs.k8s.io/yaml 1.6.0 on
//! go.yaml.in/yaml/v2 2.4.4, and go.yaml.in/yaml/v3 3.0.5. Each line is an input, a tab and
//! what Go makes of it, with `\n`, `\t`, `\r`, `\\` and `\xNN` for bytes.

#![cfg(test)]

mod limits;
mod reading;
mod writing;

/// The rows of a table.
fn rows(table: &str) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    table.lines().map(|line| {
        let (input, expected) = line.split_once('\t').expect("a row has a tab");
        (unescape(input), unescape(expected))
    })
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut output = Vec::new();
    while let Some(byte) = bytes.next() {
        output.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'n') => b'\n',
                Some(b't') => b'\t',
                Some(b'r') => b'\r',
                Some(b'x') => {
                    let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => other.unwrap(),
            },
            other => other,
        });
    }
    output
}

fn show(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
