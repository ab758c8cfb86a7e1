//! A lease seen from outside: who holds it, and taking it from a holder that is gone. It must not
//! know why anyone looks.

use super::record::{Record, Wanted, resource};
use super::{DURATION, Holder};
use crate::clock;
use crate::cluster::connection::Cluster;
use crate::cluster::error::{ApiError, Class};
use std::time::Duration;

/// A lease as it was seen.
#[derive(Clone, Debug)]
pub struct Standing {
    record: Record,
}

impl Standing {
    /// How long a holder may be silent before others take over.
    pub const PATIENCE: Duration = DURATION;

    /// Looks at a lease; nothing if nobody ever took it, or if it is free.
    pub async fn look(
        cluster: &Cluster,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Self>, ApiError> {
        let live = cluster.apart().get(&resource(), Some(namespace), name).await?;
        let record = live.as_ref().map(Record::read).filter(|record| !record.is_free());
        Ok(record.map(|record| Self { record }))
    }

    /// Who holds it.
    pub fn holder(&self) -> &Holder {
        &self.record.holder
    }

    /// When it was renewed last, by the clock of its holder, RFC 3339.
    pub fn renewed(&self) -> &str {
        &self.record.renewed
    }

    /// Takes the holder's name out of the lease as it was seen. Fails with [`Class::Conflict`] if it
    /// was renewed, let go or taken since. A holder that is alive learns of it at its next renewal
    /// and writes nothing more.
    pub async fn release(
        &self,
        cluster: &Cluster,
        namespace: &str,
        name: &str,
    ) -> Result<(), ApiError> {
        let acquired = clock::now_micro();
        let wanted = Wanted {
            namespace,
            name,
            holder: &Holder::default(),
            // The next holder's number is one more, as after any other.
            transitions: self.record.transitions,
            acquired: &acquired,
            duration: DURATION.as_secs(),
        };
        let seen = (self.record.uid.as_str(), self.record.resource_version.as_str());
        let body = wanted.body(Some(seen));
        match cluster.apart().replace(&resource(), &body).await {
            Err(error) if error.class == Class::Absent => {
                Err(ApiError { class: Class::Conflict, ..error })
            }
            Err(error) if error.class == Class::Ambiguous => {
                match Self::look(cluster, namespace, name).await? {
                    None => Ok(()),
                    Some(_) => Err(error),
                }
            }
            answered => answered.map(drop),
        }
    }
}
