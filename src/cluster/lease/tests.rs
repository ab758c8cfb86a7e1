use super::{Claim, Holder, Lease, LeaseError, Pace, Standing};
use crate::cluster::connection::Cluster;
use crate::cluster::error::Class;
use crate::cluster::script::{Log, Reply, answering, refusal};
use crate::cluster::store::Store;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;

const PATH: &str = "/apis/coordination.k8s.io/v1/namespaces/system/leases/state";
const PACE: Pace = Pace {
    duration: Duration::from_millis(300),
    renewal: Duration::from_millis(60),
    poll: Duration::from_millis(20),
};
const LONG: Duration = Duration::from_secs(5);

type Shared = Arc<Mutex<Store>>;

fn server() -> (Cluster, Shared, Log) {
    let store = Shared::default();
    let answers = Arc::clone(&store);
    let (cluster, log) = answering(move |seen| answers.lock().unwrap().answer(seen));
    (cluster, store, log)
}

fn holder(run: &str) -> Holder {
    Holder { run: run.into(), actor: Some("ada".into()), ..Holder::default() }
}

fn claim(cluster: &Cluster, run: &str) -> Claim {
    Claim::new(cluster, "system", "state", holder(run), PACE)
}

async fn take(cluster: &Cluster, run: &str, patience: Duration) -> Result<Lease, LeaseError> {
    let (_sender, stop) = watch::channel(false);
    claim(cluster, run).wait(patience, stop, |_| {}).await
}

fn record(store: &Shared) -> Value {
    store.lock().unwrap().objects[PATH].clone()
}

async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Ends a holder as a kill does: nothing is released, nothing renewed.
fn kill(lease: Lease) {
    drop(lease);
}

#[tokio::test]
async fn a_lease_that_is_taken_over_is_lost_to_its_holder_at_once() {
    let (cluster, store, _) = server();
    let first = take(&cluster, "one", LONG).await.unwrap();
    let begun = Instant::now();
    let claim = Claim { honours_others: false, ..claim(&cluster, "two") };
    let (_sender, stop) = watch::channel(false);
    let second = claim.wait(Duration::ZERO, stop, |_| {}).await.unwrap();
    assert!(begun.elapsed() < PACE.duration, "it did not wait for the lease to expire");
    assert_eq!(
        (second.fencing, record(&store)["spec"]["holderIdentity"].clone()),
        (2, json!("two"))
    );
    pass(PACE.renewal * 3).await;
    assert!(first.is_lost() && !second.is_lost());
}

#[tokio::test]
async fn a_holder_asks_again_whether_it_holds_once_the_last_answer_is_a_second_old() {
    let (cluster, store, log) = server();
    let (_sender, stop) = watch::channel(false);
    let claim = Claim::new(&cluster, "system", "state", holder("one"), Pace::USUAL);
    let lease = claim.wait(LONG, stop, |_| {}).await.unwrap();
    let asked = || log.lines().len();
    let before = asked();
    assert!(lease.holds().await);
    assert_eq!(asked(), before, "the answer to the taking is fresh");
    pass(Duration::from_millis(1100)).await;
    let all = futures_util::future::join_all((0..8).map(|_| lease.holds())).await;
    assert_eq!((all, asked()), (vec![true; 8], before + 1), "one asks for all");

    pass(Duration::from_millis(1100)).await;
    store.lock().unwrap().objects.get_mut(PATH).unwrap()["spec"]["leaseTransitions"] = 2.into();
    assert!(!lease.is_lost(), "the next renewal is seconds away");
    assert!(!lease.holds().await && lease.is_lost());
}

#[tokio::test]
async fn a_clock_that_is_an_hour_off_neither_shortens_a_lease_nor_prolongs_it() {
    for skewed in ["1999-01-01T00:00:00.000000Z", "2999-01-01T00:00:00.000000Z"] {
        let (cluster, store, _) = server();
        let skew = |store: &Shared, version: u32| {
            let mut store = store.lock().unwrap();
            let record = store.objects.get_mut(PATH).unwrap();
            record["spec"]["renewTime"] = skewed.into();
            record["spec"]["acquireTime"] = skewed.into();
            record["metadata"]["resourceVersion"] = version.to_string().into();
        };
        kill(take(&cluster, "one", LONG).await.unwrap());
        skew(&store, 100);
        // A holder that renews is honoured, whatever time it writes.
        let waiting = take(&cluster, "two", PACE.duration * 2);
        let renewing = async {
            for version in 101..200 {
                pass(PACE.renewal).await;
                skew(&store, version);
            }
        };
        tokio::select! {
            held = waiting => assert!(matches!(held, Err(LeaseError::Held(_)))),
            () = renewing => panic!("nobody gave up"),
        }
        // One that does not is taken over, and not before its time.
        let begun = Instant::now();
        take(&cluster, "two", LONG).await.unwrap();
        assert!(begun.elapsed() >= PACE.duration && begun.elapsed() < PACE.duration * 3);
    }
}

#[tokio::test]
async fn a_free_lease_is_taken_and_says_who_holds_it() {
    let (cluster, store, _) = server();
    let mut who = holder("one");
    who.url = Some("https://ci.example/1".into());
    who.commit = Some("abc".into());
    let (_sender, stop) = watch::channel(false);
    let claim = Claim::new(&cluster, "system", "state", who, Pace::USUAL);
    let lease = claim.wait(LONG, stop, |_| {}).await.unwrap();
    assert!((lease.fencing, lease.is_lost()) == (1, false));
    let record = record(&store);
    assert_eq!(record["spec"]["holderIdentity"], "one");
    assert_eq!(record["spec"]["leaseDurationSeconds"], 30);
    assert_eq!(record["spec"]["acquireTime"].as_str().unwrap().len(), 27);
    let notes = json!({
        "molave.dev/actor": "ada",
        "molave.dev/run-url": "https://ci.example/1",
        "molave.dev/commit": "abc",
    });
    assert_eq!(record["metadata"]["annotations"], notes);
}

#[tokio::test]
async fn a_released_lease_is_taken_at_once_with_the_next_number() {
    let (cluster, store, _) = server();
    take(&cluster, "one", LONG).await.unwrap().release().await;
    assert_eq!(record(&store)["spec"]["holderIdentity"], "");
    assert_eq!(record(&store)["metadata"]["annotations"], json!({}));
    let lease = take(&cluster, "two", Duration::ZERO).await.unwrap();
    assert_eq!(lease.fencing, 2);
}

#[tokio::test]
async fn a_held_lease_is_waited_for_and_its_holder_is_told_once() {
    let (cluster, _, _) = server();
    let first = take(&cluster, "one", LONG).await.unwrap();
    let (_sender, stop) = watch::channel(false);
    let mut told = Vec::new();
    let patience = PACE.duration * 2;
    let waited = claim(&cluster, "two").wait(patience, stop, |it| told.push(it.clone())).await;
    let Err(LeaseError::Held(by)) = waited else { panic!() };
    assert_eq!((by.run.as_str(), by.actor.as_deref(), by.since.len()), ("one", Some("ada"), 20));
    assert_eq!(told.len(), 1);
    assert!(!first.is_lost(), "it was renewed all the time");
}

#[tokio::test]
async fn a_dead_holders_lease_is_taken_over_once_its_record_was_unchanged_for_its_duration() {
    let (cluster, store, _) = server();
    kill(take(&cluster, "one", LONG).await.unwrap());
    // What its record says of time does not count: clocks differ.
    store.lock().unwrap().objects.get_mut(PATH).unwrap()["spec"]["renewTime"] =
        "2001-01-01T00:00:00.000000Z".into();
    let started = Instant::now();
    let lease = take(&cluster, "two", LONG).await.unwrap();
    assert!(started.elapsed() >= PACE.duration, "{:?}", started.elapsed());
    assert_eq!((lease.fencing, &record(&store)["spec"]["holderIdentity"]), (2, &json!("two")));
}

#[tokio::test]
async fn of_two_waiters_one_takes_over() {
    let (cluster, _, _) = server();
    kill(take(&cluster, "one", LONG).await.unwrap());
    let patience = PACE.duration * 3;
    let (two, three) =
        tokio::join!(take(&cluster, "two", patience), take(&cluster, "three", patience));
    assert!(two.is_ok() != three.is_ok());
}

#[tokio::test]
async fn a_holder_that_was_taken_over_knows_that_it_lost() {
    let (cluster, store, _) = server();
    let lease = take(&cluster, "one", LONG).await.unwrap();
    {
        let mut store = store.lock().unwrap();
        let object = store.objects.get_mut(PATH).unwrap();
        object["spec"]["holderIdentity"] = "two".into();
        object["spec"]["leaseTransitions"] = 2.into();
        object["metadata"]["resourceVersion"] = "999".into();
    }
    pass(PACE.renewal * 3).await;
    assert!(lease.is_lost());
    lease.release().await;
    assert_eq!(record(&store)["spec"]["holderIdentity"], "two", "only its holder lets go");
}

#[tokio::test]
async fn a_holder_whose_lease_was_removed_knows_that_it_lost() {
    let (cluster, store, _) = server();
    let lease = take(&cluster, "one", LONG).await.unwrap();
    store.lock().unwrap().objects.clear();
    pass(PACE.renewal * 3).await;
    assert!(lease.is_lost());
    lease.release().await;
    assert!(store.lock().unwrap().objects.is_empty());
}

#[tokio::test]
async fn a_lease_that_cannot_be_renewed_in_time_is_lost_and_stays_so() {
    let store = Shared::default();
    let is_down = Arc::new(Mutex::new(false));
    let (answers, down) = (Arc::clone(&store), Arc::clone(&is_down));
    let (cluster, _) = answering(move |seen| {
        let is_down = *down.lock().unwrap();
        if is_down { Reply::Silence } else { answers.lock().unwrap().answer(seen) }
    });
    let lease = take(&cluster, "one", LONG).await.unwrap();
    *is_down.lock().unwrap() = true;
    pass(PACE.duration / 3).await;
    assert!(!lease.is_lost(), "there is time left");
    pass(PACE.duration).await;
    assert!(lease.is_lost());
    *is_down.lock().unwrap() = false;
    pass(PACE.renewal * 3).await;
    assert!(lease.is_lost());
}

#[tokio::test]
async fn a_renewal_whose_answer_was_lost_is_no_loss() {
    let store = Shared::default();
    let answers = Arc::clone(&store);
    let mut renewals = 0;
    let (cluster, _) = answering(move |seen| {
        let reply = answers.lock().unwrap().answer(seen);
        renewals += u32::from(seen.method == "PUT");
        // It was stored all the same.
        if seen.method == "PUT" && renewals == 1 { Reply::Lost } else { reply }
    });
    let lease = take(&cluster, "one", LONG).await.unwrap();
    pass(PACE.duration * 2).await;
    assert!(!lease.is_lost());
}

#[tokio::test]
async fn a_lease_whose_taking_was_answered_to_nobody_is_ours() {
    for lost in ["POST", "PUT"] {
        let store = Shared::default();
        let answers = Arc::clone(&store);
        let mut was_lost = false;
        let (cluster, _) = answering(move |seen| {
            let reply = answers.lock().unwrap().answer(seen);
            let is_first = seen.method == lost && !std::mem::replace(&mut was_lost, true);
            if is_first { Reply::Lost } else { reply }
        });
        let lease = take(&cluster, "one", Duration::ZERO).await.unwrap();
        assert_eq!(lease.fencing, 1, "{lost}");
    }
}

#[tokio::test]
async fn a_stop_ends_the_wait() {
    let (cluster, _, _) = server();
    let _first = take(&cluster, "one", LONG).await.unwrap();
    let (sender, stop) = watch::channel(false);
    let (waited, ()) = tokio::join!(claim(&cluster, "two").wait(LONG, stop, |_| {}), async {
        pass(PACE.poll).await;
        sender.send(true).unwrap();
    });
    assert!(matches!(waited, Err(LeaseError::Stopped)));
}

#[tokio::test]
async fn a_missing_right_is_told() {
    let (cluster, _) = answering(|_| refusal(403, "Forbidden", "you may not"));
    let Err(LeaseError::Api(error)) = take(&cluster, "one", LONG).await else { panic!() };
    assert_eq!(error.class, Class::Forbidden);
}

async fn seen(cluster: &Cluster) -> Option<Standing> {
    Standing::look(cluster, "system", "state").await.unwrap()
}

#[tokio::test]
async fn a_lease_that_is_taken_away_is_free_and_its_holder_learns_of_it() {
    let (cluster, _, _) = server();
    assert!(seen(&cluster).await.is_none());
    let lease = take(&cluster, "one", LONG).await.unwrap();
    let standing = seen(&cluster).await.unwrap();
    assert_eq!((standing.holder().run.as_str(), standing.renewed().len()), ("one", 20));
    standing.release(&cluster, "system", "state").await.unwrap();
    assert!(seen(&cluster).await.is_none());
    pass(PACE.renewal * 2).await;
    assert!(lease.is_lost());
    let next = take(&cluster, "two", LONG).await.unwrap();
    assert_eq!(next.fencing, lease.fencing + 1);
}

#[tokio::test]
async fn a_lease_that_was_renewed_since_it_was_seen_is_not_taken_away() {
    let (cluster, _, _) = server();
    let lease = take(&cluster, "one", LONG).await.unwrap();
    let standing = seen(&cluster).await.unwrap();
    pass(PACE.renewal * 2).await;
    let refused = standing.release(&cluster, "system", "state").await.unwrap_err();
    assert_eq!(refused.class, Class::Conflict);
    pass(PACE.renewal * 2).await;
    assert!(!lease.is_lost());
    assert_eq!(seen(&cluster).await.unwrap().holder().run, "one");
}
