//! The rules of names: labels, image tags, durations, paths. Each takes a text and says what is
//! wrong with it, or nothing.

/// Checks a DNS label (RFC 1123): what projects, services, environments and namespaces are called.
pub fn check_label(text: &str) -> Result<(), &'static str> {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.is_empty() || text.len() > 63 {
        return Err("must have 1 to 63 characters");
    }
    if !text.bytes().all(legal) || text.starts_with('-') || text.ends_with('-') {
        return Err(
            "must be lower-case letters, digits and `-`, with a letter or digit at both ends",
        );
    }
    Ok(())
}

/// Checks the name of a Helm release: labels joined by dots, at most 53 characters.
pub fn check_release(text: &str) -> Result<(), &'static str> {
    if text.len() > 53 {
        return Err("must not have more than 53 characters, which is Helm's limit for releases");
    }
    text.split('.').try_for_each(check_label)
}

/// Checks an image tag with an optional `@sha256:` digest, as the OCI distribution rules have it.
pub fn check_version(text: &str) -> Result<(), &'static str> {
    let (tag, digest) =
        text.split_once('@').map_or((text, None), |(tag, digest)| (tag, Some(digest)));
    let begins =
        tag.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    if !begins || tag.len() > 128 || !tag.bytes().all(legal) {
        return Err(
            "an image tag has 1 to 128 letters, digits, `_`, `.` and `-`, and does not begin \
                    with `.` or `-`",
        );
    }
    match digest {
        Some(digest) if !is_digest(digest) => {
            Err("what follows `@` must be `sha256:` and 64 hexadecimal digits")
        }
        Some(_) | None => Ok(()),
    }
}

fn is_digest(text: &str) -> bool {
    let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix("sha256:")
        .is_some_and(|digits| digits.len() == 64 && digits.bytes().all(hexadecimal))
}

/// Checks a duration as Go writes one: `90s`, `10m`, `1h30m`.
pub fn check_duration(text: &str) -> Result<(), &'static str> {
    const PROBLEM: &str = "must be a duration such as `90s`, `10m` or `1h30m`";
    let mut rest = text;
    if rest.is_empty() {
        return Err(PROBLEM);
    }
    while !rest.is_empty() {
        let after = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let unit = ["ms", "s", "m", "h"].into_iter().find(|unit| after.starts_with(unit));
        let (Some(unit), true) = (unit, after.len() < rest.len()) else { return Err(PROBLEM) };
        rest = after.get(unit.len()..).unwrap_or_default();
    }
    Ok(())
}

/// A duration as [`check_duration`] takes it; nothing if it is another text or too long to be meant.
pub fn duration(text: &str) -> Option<std::time::Duration> {
    check_duration(text).ok()?;
    let mut total = std::time::Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let after = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let number: u64 = rest.get(..rest.len() - after.len())?.parse().ok()?;
        let (unit, milliseconds) = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
            .into_iter()
            .find(|(unit, _)| after.starts_with(unit))?;
        let part = std::time::Duration::from_millis(number.checked_mul(milliseconds)?);
        total = total.checked_add(part)?;
        rest = after.get(unit.len()..)?;
    }
    (total <= std::time::Duration::from_hours(7 * 24)).then_some(total)
}

/// Checks a path of value keys: `image.tag`.
pub fn check_value_path(text: &str) -> Result<(), &'static str> {
    if text.split('.').any(str::is_empty) {
        return Err("must be keys joined by dots, such as `image.tag`");
    }
    if text == "molave" || text.starts_with("molave.") {
        return Err("must not lead into `molave`, which is reserved");
    }
    Ok(())
}

/// Checks a folder of the project: relative, below the project's own, without `.` and `..`.
pub fn check_folder(text: &str) -> Result<(), &'static str> {
    let legal = |part: &str| !part.is_empty() && part != "." && part != "..";
    if text.split('/').all(legal) && !text.contains('\\') {
        Ok(())
    } else {
        Err("must be a folder below the project's, without `.` and `..`")
    }
}

#[cfg(test)]
mod tests {
    use super::{
        check_duration, check_folder, check_label, check_release, check_version, duration,
    };

    fn check(rule: fn(&str) -> Result<(), &'static str>, legal: &[&str], illegal: &[&str]) {
        for text in legal {
            assert_eq!(rule(text), Ok(()), "{text}");
        }
        for text in illegal {
            assert!(rule(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_label_is_short_lower_case_and_ends_in_letters_or_digits() {
        check(
            check_label,
            &["a", "api-2", "0"],
            &["", "A", "a_b", "-a", "a-", "a.b", "ä", &"a".repeat(64)],
        );
        check(check_release, &["a.b", "api"], &["a..b", &"a".repeat(54)]);
    }

    #[test]
    fn a_version_is_a_tag_with_an_optional_digest() {
        let digest = format!("1.2@sha256:{}", "0f".repeat(32));
        let short = format!("1.2@sha256:{}", "0f".repeat(31));
        check(
            check_version,
            &["1.20", "0123", "null", "v1_2-x", &digest],
            &["", ".1", "-1", "a b", "a:b", "a/b", "1@", "1@md5:00", &short, &"1".repeat(129)],
        );
    }

    #[test]
    fn a_duration_is_numbers_with_units() {
        check(check_duration, &["10m", "1h30m", "500ms"], &["", "10", "m", "1d", "1h 3m"]);
    }

    #[test]
    fn a_duration_adds_up() {
        use std::time::Duration;
        assert_eq!(duration("1h30m"), Some(Duration::from_mins(90)));
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        for text in ["10", "99999999999999999999h", "9000h"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn a_folder_stays_below_the_project() {
        check(
            check_folder,
            &["services", "a/b"],
            &["", "/a", "../a", "a/..", "./a", "a//b", "a\\b"],
        );
    }
}
