//! What a failed request means: the classes of `reference/peers.md` §7.2 as `reference/api.md`
//! corrects them. It must not know what is done about them.

/// A request that was not granted.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// What it means.
    pub class: Class,
    /// What happened, for people: never holds a Secret's data.
    pub message: String,
}

/// What a failed request means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// There is no such object.
    Absent,
    /// There is an object of that name already (create).
    Exists,
    /// The object is not the one that was meant: other UID or resource version, or none at all.
    Conflict,
    /// Another manager owns a field, and the apply was not forced.
    Owned,
    /// The object itself is wrong: invalid, unknown field, wrong type, immutable.
    Invalid,
    /// The server does not serve the kind.
    Unserved,
    /// The namespace is not there.
    NamespaceMissing,
    /// The namespace is being deleted.
    NamespaceTerminating,
    /// We may not.
    Forbidden,
    /// The object is too large.
    TooLarge,
    /// The server was too busy for longer than we are patient; nothing was stored.
    Busy,
    /// A webhook could not be reached; nothing was stored.
    Webhook,
    /// The write may have come to pass or not: time-out, broken connection, 500, 504.
    Ambiguous,
    /// The server cannot be reached, or a read failed for good.
    Unreachable,
    /// Anything else; nothing was stored.
    Other,
}

impl ApiError {
    /// An error of a class, with words that hold no Secret's data.
    pub(super) fn new(class: Class, message: impl Into<String>) -> Self {
        Self { class, message: message.into() }
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}
