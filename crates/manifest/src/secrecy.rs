//! Which values must not be shown, judged by their names. It must not know where they would be shown.

/// Whether a value must not be shown: its name is telling, or `around` it something of such a name
/// was found.
pub fn is_hidden(name: &str, around: bool) -> bool {
    !is_reference(&letters(name)) && (around || is_secret_name(name))
}

/// Whether a value of this name is likely to be a secret.
pub fn is_secret_name(name: &str) -> bool {
    const TELLING: [&str; 9] = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "apikey",
        "privatekey",
        "accesskey",
        "credential",
    ];
    let letters = letters(name);
    !is_reference(&letters) && TELLING.iter().any(|word| letters.contains(word))
}

/// Whether a value of this name says where a secret is, rather than what it is.
fn is_reference(letters: &str) -> bool {
    letters.starts_with("existing")
        || ["secretname", "secretref", "pullsecrets", "namespace"]
            .iter()
            .any(|end| letters.ends_with(end))
}

fn letters(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::is_secret_name;

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in [
            "password",
            "DB_PASSWORD",
            "apiKey",
            "private-key",
            "clientSecret",
            "authToken",
            "secrets",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "name",
            "passive",
            "key",
            "tag",
            "existingSecret",
            "imagePullSecrets",
            "secretNamespace",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
