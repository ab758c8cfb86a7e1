//! "Did you mean": the known name that a mistyped one is closest to.

/// The known name nearest to `name`, if it is near enough to be worth suggesting: at most a third
/// of its letters wrong, or one a beginning of the other.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    known
        .into_iter()
        .filter(|candidate| *candidate != name)
        .filter_map(|candidate| Some((distance(&lower, candidate)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

fn distance(lower: &str, candidate: &str) -> Option<usize> {
    let other = candidate.to_lowercase();
    let wrong = strsim::osa_distance(lower, &other);
    let allowed = (lower.chars().count().max(other.chars().count()) / 3).max(1);
    let is_beginning = lower.len() > 2 && (other.starts_with(lower) || lower.starts_with(&other));
    (wrong <= allowed || is_beginning).then_some(wrong)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    fn check(name: &str, expected: Option<&str>) {
        let known = ["staging", "production", "api"];
        assert_eq!(nearest(name, known), expected, "{name}");
    }

    #[test]
    fn a_name_is_suggested_only_if_it_is_near() {
        check("stagin", Some("staging"));
        check("Staging", Some("staging"));
        check("prod", Some("production"));
        check("apj", Some("api"));
        check("web", None);
        check("", None);
        check("staging", None);
    }
}
