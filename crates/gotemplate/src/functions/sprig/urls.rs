//! URLs as Go's `net/url` takes them apart and puts them together.
//!
//! Owns the two functions for plain URLs; what needs Go's finer rules (escapes in hosts, addresses
//! in brackets with zones) fails as not supported.

use super::signature::{NIL_DEREFERENCE, fixed, map, string, text};
use crate::execute::Call;
use crate::format::quote;
use crate::functions::Parameter::{Map as Dict, String as Str};
use crate::functions::{Failure, Function};
use crate::value::{Map, Value};

pub(super) const TABLE: &[Function] =
    &[fixed("urlParse", &[Str], url_parse), fixed("urlJoin", &[Dict], url_join)];

#[derive(Default)]
struct Parts {
    scheme: String,
    opaque: String,
    userinfo: String,
    host: String,
    path: Vec<u8>,
    query: String,
    fragment: Vec<u8>,
}

fn unsupported(function: &str) -> Failure {
    format!("function \"{function}\" does not support this URL yet in molave").into()
}

fn url_parse(_call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let source = text(arguments, 0);
    let complaint = |reason: &str| {
        let quoted = quote(source);
        let quoted = String::from_utf8_lossy(&quoted).into_owned();
        Failure::Message(format!("unable to parse url: parse {quoted}: {reason}"))
    };
    let Ok(source) = std::str::from_utf8(source) else { return Err(unsupported("urlParse")) };
    let parts = parse(source, complaint)?;
    let result = Map::default();
    let host_name = host_name(&parts.host);
    result.insert("hostname".into(), string(host_name));
    result.insert("scheme".into(), string(parts.scheme));
    result.insert("host".into(), string(parts.host));
    result.insert("path".into(), string(parts.path));
    result.insert("query".into(), string(parts.query));
    result.insert("opaque".into(), string(parts.opaque));
    result.insert("fragment".into(), string(parts.fragment));
    result.insert("userinfo".into(), string(parts.userinfo));
    Ok(Value::Map(result))
}

fn host_name(host: &str) -> String {
    let without_port = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    without_port.trim_start_matches('[').trim_end_matches(']').to_owned()
}

fn parse(source: &str, complaint: impl Fn(&str) -> Failure) -> Result<Parts, Failure> {
    let mut parts = Parts::default();
    if source.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return Err(complaint("net/url: invalid control character in URL"));
    }
    let (source, fragment) = source.split_once('#').unwrap_or((source, ""));
    parts.fragment = unescape(fragment).map_err(|reason| complaint(&reason))?;
    if source == "*" {
        parts.path = b"*".to_vec();
        return Ok(parts);
    }
    let (scheme, rest) = split_scheme(source).map_err(&complaint)?;
    parts.scheme = scheme.to_ascii_lowercase();
    let (mut rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    query.clone_into(&mut parts.query);
    if !rest.starts_with('/') {
        if !scheme.is_empty() {
            rest.clone_into(&mut parts.opaque);
            return Ok(parts);
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err(complaint("first path segment in URL cannot contain colon"));
        }
    }
    let has_authority = !scheme.is_empty() || !rest.starts_with("///");
    if let Some(after) = rest.strip_prefix("//").filter(|_| has_authority) {
        let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
        rest = path;
        split_authority(authority, &mut parts, &complaint)?;
    }
    parts.path = unescape(rest).map_err(|reason| complaint(&reason))?;
    Ok(parts)
}

fn split_scheme(source: &str) -> Result<(&str, &str), &'static str> {
    for (index, byte) in source.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return Err("missing protocol scheme"),
            b':' => {
                let (scheme, rest) = source.split_at(index);
                return Ok((scheme, rest.strip_prefix(':').unwrap_or(rest)));
            }
            _ => break,
        }
    }
    Ok(("", source))
}

fn split_authority(
    authority: &str,
    parts: &mut Parts,
    complaint: impl Fn(&str) -> Failure,
) -> Result<(), Failure> {
    let (userinfo, host) = match authority.rsplit_once('@') {
        Some((userinfo, host)) => (normal_userinfo(userinfo, &complaint)?, host),
        None => (String::new(), authority),
    };
    let is_plain = |text: &str, extra: &str| {
        text.chars().all(|each| each.is_ascii_alphanumeric() || extra.contains(each))
    };
    let bracketed = host.starts_with('[') && host.contains(']');
    if !is_plain(host, if bracketed { "-_.~:[]" } else { "-_.~:" }) {
        return Err(unsupported("urlParse"));
    }
    let after_brackets = host.rsplit(']').next().unwrap_or(host);
    if let Some(start) = after_brackets.rfind(':') {
        let port = after_brackets.get(start..).unwrap_or_default();
        if !port.bytes().skip(1).all(|byte| byte.is_ascii_digit()) {
            return Err(complaint(&format!("invalid port \"{port}\" after host")));
        }
        if !bracketed && host.matches(':').count() > 1 {
            return Err(unsupported("urlParse"));
        }
    }
    parts.userinfo = userinfo;
    host.clone_into(&mut parts.host);
    Ok(())
}

/// A user and a password, escaped where they must be and nowhere else.
fn normal_userinfo(written: &str, complaint: impl Fn(&str) -> Failure) -> Result<String, Failure> {
    let is_legal = |each: char| each.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(each);
    if !written.chars().all(is_legal) {
        return Err(complaint("net/url: invalid userinfo"));
    }
    let (user, password) = match written.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (written, None),
    };
    let mut out = Vec::new();
    let decoded = unescape(user).map_err(|reason| complaint(&reason))?;
    escape_every(&decoded, USERINFO, &mut out);
    if let Some(password) = password {
        let decoded = unescape(password).map_err(|reason| complaint(&reason))?;
        out.push(b':');
        escape_every(&decoded, USERINFO, &mut out);
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// Decodes `%41`; fails with Go's words for anything else after a percent sign.
fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut offset = 0;
    while let Some(byte) = bytes.get(offset) {
        if *byte != b'%' {
            out.push(*byte);
            offset += 1;
            continue;
        }
        let escape = bytes.get(offset..).unwrap_or_default();
        let escape = escape.get(..3).unwrap_or(escape);
        let digits = std::str::from_utf8(escape.get(1..).unwrap_or_default()).unwrap_or("");
        let is_escape = digits.len() == 2 && digits.bytes().all(|each| each.is_ascii_hexdigit());
        let Some(decoded) = u8::from_str_radix(digits, 16).ok().filter(|_| is_escape) else {
            let shown = quote(escape);
            return Err(format!("invalid URL escape {}", String::from_utf8_lossy(&shown)));
        };
        out.push(decoded);
        offset += 3;
    }
    Ok(out)
}

fn url_join(_call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let dict = map(arguments, 0);
    let (scheme, host) = (entry(&dict, "scheme")?, entry(&dict, "host")?);
    let (path, query) = (entry(&dict, "path")?, entry(&dict, "query")?);
    let (opaque, fragment) = (entry(&dict, "opaque")?, entry(&dict, "fragment")?);
    let userinfo = joined_userinfo(&entry(&dict, "userinfo")?)?;
    let is_plain = |text: &[u8], extra: &[u8]| {
        text.iter().all(|each| each.is_ascii_alphanumeric() || extra.contains(each))
    };
    if !is_plain(&host, b"-_.~:[]") {
        return Err(unsupported("urlJoin"));
    }
    let mut out = scheme.clone();
    out.extend_from_slice(if scheme.is_empty() { b"" } else { b":" });
    if opaque.is_empty() {
        if !(host.is_empty() && userinfo.is_empty()) || !(scheme.is_empty() || path.is_empty()) {
            out.extend_from_slice(b"//");
        }
        if !userinfo.is_empty() {
            out.extend_from_slice(userinfo.as_bytes());
            out.push(b'@');
        }
        out.extend_from_slice(&host);
        let first = path.split(|byte| *byte == b'/').next().unwrap_or_default();
        if !path.is_empty() && !path.starts_with(b"/") && !host.is_empty() {
            out.push(b'/');
        } else if out.is_empty() && first.contains(&b':') {
            out.extend_from_slice(b"./");
        }
        escape(&path, b"-_.~$&+,/:;=@", &mut out);
    } else {
        out.extend_from_slice(&opaque);
    }
    if !query.is_empty() {
        out.push(b'?');
        out.extend_from_slice(&query);
    }
    if !fragment.is_empty() {
        out.push(b'#');
        escape(&fragment, b"-_.~$&+,/:;=?@!()*", &mut out);
    }
    Ok(string(out))
}

/// The user and password of a URL that is put together: sprig lets Go take a whole URL apart for
/// them.
fn joined_userinfo(written: &[u8]) -> Result<String, Failure> {
    if written.is_empty() {
        return Ok(String::new());
    }
    let Ok(written) = std::str::from_utf8(written) else { return Err(unsupported("urlJoin")) };
    let source = format!("proto://{written}@host");
    let parts = parse(&source, |reason| {
        let quoted = quote(source.as_bytes());
        let quoted = String::from_utf8_lossy(&quoted).into_owned();
        format!("unable to parse userinfo in dict: parse {quoted}: {reason}").into()
    })?;
    Ok(parts.userinfo)
}

/// What stands as it is in a user or a password, besides letters and digits.
const USERINFO: &[u8] = b"-_.~$&+,;=";

fn escape(text: &[u8], plain: &[u8], out: &mut Vec<u8>) {
    if text == b"*" {
        out.push(b'*');
        return;
    }
    escape_every(text, plain, out);
}

fn escape_every(text: &[u8], plain: &[u8], out: &mut Vec<u8>) {
    for byte in text {
        if byte.is_ascii_alphanumeric() || plain.contains(byte) {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
}

fn entry(dict: &Map, key: &str) -> Result<Vec<u8>, Failure> {
    match dict.get(key.as_bytes()) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(text.to_vec()),
        Some(value) if value.is_nil() => Err(NIL_DEREFERENCE.into()),
        Some(value) => {
            let kind = value.kind_name();
            Err(format!("unable to parse {key} key, must be of type string, but {kind} found")
                .into())
        }
    }
}
