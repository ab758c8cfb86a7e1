//! JSON pointers (RFC 6901): the written form of a path of keys. It must not know what they lead to.

/// The pointer to what stands under a key of what `pointer` leads to. The empty pointer leads to the
/// whole.
pub fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The keys of a pointer, from the outermost on.
pub fn keys(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~"))
}

#[cfg(test)]
mod tests {
    use super::{below, keys};

    #[test]
    fn keys_are_read_as_they_were_written() {
        let path = ["a", "", "b/c", "~1", "~", "0"];
        let pointer = path.iter().fold(String::new(), |pointer, key| below(&pointer, key));
        assert_eq!(pointer, "/a//b~1c/~01/~0/0");
        assert_eq!(keys(&pointer).collect::<Vec<_>>(), path);
        assert_eq!(keys("").count(), 0);
    }
}
