//! The words of `--dry-run`, none of which changes what is printed.

use helm_render::Profile;

/// Checks the word and returns what Helm warns of. `server` is refused before.
pub(super) fn check(word: Option<&str>, profile: Profile) -> Result<Option<String>, String> {
    let Some(word) = word else { return Ok(None) };
    let boolean = match word {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    };
    match (profile, word, boolean) {
        (Profile::Helm3, "" | "unset" | "false" | "true" | "none" | "client", _)
        | (Profile::Helm4, "client", _) => Ok(None),
        (Profile::Helm3, ..) => {
            Err("Invalid dry-run flag. Flag must one of the following: false, \
                                     true, none, client, server"
                .to_owned())
        }
        (Profile::Helm4, "unset", _) => Ok(Some(
            "--dry-run is deprecated and should be replaced with '--dry-run=client'".to_owned(),
        )),
        (Profile::Helm4, _, Some(true)) => Ok(Some(format!(
            "boolean '--dry-run={word}' flag is deprecated and must be replaced with \
             '--dry-run=client'"
        ))),
        (Profile::Helm4, "none", _) | (Profile::Helm4, _, Some(false)) => {
            Err(format!("invalid dry-run value ({word:?}). Must be \"server\" or \"client\""))
        }
        (Profile::Helm4, ..) => Err(format!(
            "invalid dry-run value ({word:?}). Must be \"none\", \"server\", or \"client\""
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use helm_render::Profile::{Helm3, Helm4};

    #[test]
    fn only_words_that_mean_the_client_are_taken() {
        for word in ["client", "true", "unset", "1"] {
            assert!(check(Some(word), Helm4).is_ok(), "{word}");
        }
        for word in ["none", "false", "x", ""] {
            assert!(check(Some(word), Helm4).is_err(), "{word}");
        }
        for word in ["client", "true", "unset", "none", "false", ""] {
            assert_eq!(check(Some(word), Helm3), Ok(None), "{word}");
        }
        assert!(check(Some("x"), Helm3).is_err());
    }
}
