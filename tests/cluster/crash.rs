//! Runs that do not come to their end: killed, told to stop, or beside another one.

use crate::proxy::Proxy;
use crate::shop::{Run, Shop, config_map, deployment};
use crate::witness::{ended_within, signal};
use std::process::Child;
use std::time::{Duration, Instant};

const SYNC: [&str; 4] = ["sync", "test", "--yes", "--first"];

/// What a run that was told to stop may take to end.
const GRACE: Duration = Duration::from_secs(5);

/// Two objects of `cart` in different waves, and a service `web` that cannot go on before the
/// object `held` is released: a run stands still after the first apply.
fn obstructed() -> Option<Shop> {
    let shop = Shop::open()?;
    shop.obstruct("held");
    shop.service("web", &format!("{}{}", config_map("held", "1"), config_map("web", "1")));
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), deployment("cart", 1)));
    Some(shop)
}

/// Starts a run that stands still once `cart` is made.
fn stuck(shop: &Shop) -> Child {
    let mut watch = shop.watch("/api/v1", "configmaps");
    let run = shop.start(&[&SYNC[..], &["--timeout", "60s"]].concat());
    watch.until("ADDED", "cart");
    run
}

fn kill(mut run: Child) {
    run.kill().expect("killed");
    run.wait().expect("ended");
}

#[test]
fn killed_right_after_the_first_apply_nothing_stays_when_both_objects_leave_git() {
    let Some(shop) = obstructed() else { return };
    kill(stuck(&shop));
    assert!(shop.live("configmap", "cart").is_some(), "the first apply");
    assert!(shop.live("deployment", "cart").is_none(), "the kill came too late");
    for id in ["ConfigMap/cart", "Deployment.apps/cart", "ConfigMap/web", "ConfigMap/held"] {
        let recorded = shop.recorded();
        assert_eq!(recorded[&shop.id(id)].0, "intent", "{id}");
    }
    assert_eq!(shop.state()["runs"][0]["phase"], "started");
    shop.remove("cart");
    shop.release("configmap", "held");

    // Nobody knows that the holder is dead before its lease ran out.
    shop.sync(&["--lock-timeout", "1s"]).expect(4);
    let begun = Instant::now();
    shop.synced(&[]).says("waiting for tester").says("1 deleted");
    let taken = begun.elapsed();
    let limits = Duration::from_secs(25)..Duration::from_secs(50);
    assert!(limits.contains(&taken), "the lease of a dead run was taken over after {taken:?}");

    assert!(shop.live("configmap", "cart").is_none());
    assert!(shop.live("deployment", "cart").is_none());
    shop.holds_exactly(["ConfigMap/held", "ConfigMap/web"]);
    shop.synced(&[]).says("nothing to do");
}

/// Before: 10 objects that stay, 10 that change, 10 that go. After: 15 more.
fn before_and_after(shop: &Shop, is_after: bool) {
    let maps = |word: &str, count: u32, value: &str| {
        (0..count).map(|number| config_map(&format!("{word}-{number}"), value)).collect::<String>()
    };
    let value = if is_after { "2" } else { "1" };
    let cart = maps("stays", 10, "1") + &deployment("cart", if is_after { 2 } else { 1 });
    shop.service("cart", &cart);
    shop.service("web", &maps("changes", 10, value));
    if is_after {
        shop.service("mailer", &(maps("new", 14, "1") + &deployment("mailer", 1)));
        shop.remove("old");
    } else {
        shop.service("old", &maps("goes", 10, "1"));
    }
}

fn after() -> Vec<String> {
    let maps = |word: &'static str, count: u32| {
        (0..count).map(move |number| format!("ConfigMap/{word}-{number}"))
    };
    let deployments = ["Deployment.apps/cart", "Deployment.apps/mailer"].map(str::to_owned);
    let maps = maps("stays", 10).chain(maps("changes", 10)).chain(maps("new", 14));
    maps.chain(deployments).collect()
}

/// When a run is killed.
#[derive(Debug)]
enum Moment {
    /// After this part of the time that an undisturbed run takes, in percent.
    Time(u32),
    /// Once this many changes of `ConfigMaps` are seen, of the 34 that the run makes.
    Changes(usize),
}

const MOMENTS: [Moment; 12] = [
    Moment::Time(10),
    Moment::Time(30),
    Moment::Time(50),
    Moment::Time(70),
    Moment::Time(90),
    Moment::Changes(1),
    Moment::Changes(6),
    Moment::Changes(12),
    Moment::Changes(18),
    Moment::Changes(24),
    Moment::Changes(25),
    Moment::Changes(33),
];

/// Starts the change and kills it. `length` is how long it takes.
fn killed_at(moment: &Moment, shop: &Shop, change: &[&str], length: Duration) {
    // What is there is told first: 30 of ours, and one that every namespace has.
    let mut watch = shop.watch("/api/v1", "configmaps");
    watch.pass(31);
    let run = shop.start(change);
    match moment {
        // Not at the same place in every run of this test.
        Moment::Time(percent) => std::thread::sleep(
            length * *percent / 100 + Duration::from_millis(u64::from(std::process::id() % 20)),
        ),
        Moment::Changes(count) => watch.pass(*count),
    }
    kill(run);
}

#[test]
fn killed_at_any_moment_the_next_run_makes_everything_right() {
    let change = [&SYNC[..], &["--max-deletions", "10"]].concat();
    let prepared = || {
        let shop = Shop::open()?;
        before_and_after(&shop, false);
        shop.synced(&[]);
        before_and_after(&shop, true);
        Some(shop)
    };
    let Some(whole) = prepared() else { return };
    let begun = Instant::now();
    whole.run(&change).expect(0);
    let length = begun.elapsed();
    let names = after();
    std::thread::scope(|scope| {
        for moment in &MOMENTS {
            let shop = prepared().expect("a plane");
            killed_at(moment, &shop, &change, length);
            let (names, change) = (&names, &change);
            // Most of what follows is the wait for the lease of the dead run.
            scope.spawn(move || {
                // Of what remains after more of them, a busy machine is told too late.
                if matches!(moment, Moment::Changes(count) if *count <= 12) {
                    let phase = &shop.state()["runs"][0]["phase"];
                    assert_eq!(phase, "started", "the kill came too late: {moment:?}");
                }
                let run = shop.run(change);
                assert_eq!(run.code, 0, "killed at {moment:?}: {}", run.stderr);
                shop.holds_exactly(names.iter().map(String::as_str));
                shop.synced(&[]).says("nothing to do");
            });
        }
    });
}

/// Stops a run in the middle of its first wave and lets the next one finish its work.
fn told_to_stop(name: &str, code: i32) {
    let Some(shop) = obstructed() else { return };
    let mut run = stuck(&shop);
    signal(&run, name);
    assert_eq!(ended_within(&mut run, GRACE), code);
    let output = Run::of(&run.wait_with_output().expect("ended"))
        .says("told to stop: writing down where we are");
    assert!(!output.stderr.contains("panicked"), "{}", output.stderr);
    assert_eq!(shop.state()["runs"][0]["phase"], "interrupted");
    // What was done is recorded, and what was not is not.
    shop.holds_exactly(["ConfigMap/cart", "ConfigMap/web"]);
    shop.release("configmap", "held");
    let begun = Instant::now();
    shop.synced(&[]);
    assert!(begun.elapsed() < Duration::from_secs(10), "the lease was not released");
    assert_eq!(shop.state()["runs"][0]["phase"], "succeeded");
    assert_eq!(shop.state()["runs"][1]["phase"], "interrupted");
    let all = ["ConfigMap/cart", "ConfigMap/held", "ConfigMap/web", "Deployment.apps/cart"];
    shop.holds_exactly(all);
}

#[test]
fn terminated_a_run_writes_its_state_and_lets_go() {
    told_to_stop("TERM", 143);
}

#[test]
fn interrupted_a_run_writes_its_state_and_lets_go() {
    told_to_stop("INT", 130);
}

#[test]
fn a_second_signal_changes_nothing() {
    let Some(shop) = obstructed() else { return };
    let mut run = stuck(&shop);
    signal(&run, "TERM");
    let begun = Instant::now();
    let code = loop {
        if let Some(status) = run.try_wait().expect("a child") {
            break status.code();
        }
        assert!(begun.elapsed() < GRACE);
        signal(&run, "INT");
        signal(&run, "TERM");
    };
    assert_eq!(code, Some(143));
    assert_eq!(shop.state()["runs"][0]["phase"], "interrupted");
    shop.holds_exactly(["ConfigMap/cart", "ConfigMap/web"]);
}

#[test]
fn beside_a_run_under_way_another_one_gives_up_after_the_lock_timeout() {
    let Some(shop) = obstructed() else { return };
    let mut run = stuck(&shop);
    let begun = Instant::now();
    let command = [&SYNC[..], &["--lock-timeout", "2s"]].concat();
    let mut second = shop.command(&command);
    let second = second.env("MOLAVE_ACTOR", "another").output().expect("runs");
    let took = begun.elapsed();
    let second = Run::of(&second).expect(4);
    assert!((Duration::from_secs(2)..Duration::from_secs(6)).contains(&took), "{took:?}");
    let name = plan::marks::state_name(&shop.name, "test");
    let lease = shop.plane.get_json("lease", crate::shop::STATE, &name).expect("a lease");
    let since = lease["spec"]["acquireTime"].as_str().expect("a time");
    let since = since.split_once('.').expect("microseconds").0;
    let id = shop.state()["runs"][0]["id"].as_str().expect("an id").to_owned();
    second
        .says(&format!("`tester` is syncing this environment since {since}"))
        .says(&id)
        .says("wait for it, or longer with `--lock-timeout 30m`");
    // It neither did nor spoilt anything: the first one finishes.
    assert!(run.try_wait().expect("a child").is_none(), "the first run ended");
    shop.release("configmap", "held");
    assert_eq!(ended_within(&mut run, Duration::from_secs(20)), 0);
    let all = ["ConfigMap/cart", "ConfigMap/held", "ConfigMap/web", "Deployment.apps/cart"];
    shop.holds_exactly(all);
}

#[test]
fn waiting_for_another_run_ends_when_that_run_does() {
    let Some(shop) = obstructed() else { return };
    let mut run = stuck(&shop);
    let mut second = shop.start(&SYNC);
    std::thread::sleep(Duration::from_secs(1));
    shop.release("configmap", "held");
    assert_eq!(ended_within(&mut run, Duration::from_secs(20)), 0);
    assert_eq!(ended_within(&mut second, Duration::from_secs(10)), 0);
    let second = Run::of(&second.wait_with_output().expect("ended"));
    second.says("waiting for tester").says("4 unchanged");
}

#[test]
fn waiting_for_another_run_ends_at_a_signal() {
    let Some(shop) = obstructed() else { return };
    let mut run = stuck(&shop);
    let mut second = shop.start(&SYNC);
    std::thread::sleep(Duration::from_secs(1));
    signal(&second, "INT");
    assert_eq!(ended_within(&mut second, GRACE), 130);
    // The lease is still that of the first run.
    shop.sync(&["--lock-timeout", "1s"]).expect(4).says("`tester` is syncing");
    signal(&run, "TERM");
    assert_eq!(ended_within(&mut run, GRACE), 143);
}

/// A run through a proxy that is blocked once the run stands still, or from the beginning.
fn cut_off(from_the_beginning: bool) -> Option<(Shop, Child)> {
    let shop = obstructed()?;
    let proxy = Proxy::new(&shop);
    let through = ["--kubeconfig", &proxy.kubeconfig];
    if from_the_beginning {
        proxy.block();
        let run = shop.start(&[&SYNC[..], &through].concat());
        std::thread::sleep(Duration::from_secs(1));
        return Some((shop, run));
    }
    let mut watch = shop.watch("/api/v1", "configmaps");
    let run = shop.start(&[&SYNC[..], &through, &["--timeout", "60s"]].concat());
    watch.until("ADDED", "cart");
    proxy.block();
    Some((shop, run))
}

#[test]
fn a_run_that_is_told_to_stop_ends_in_time_though_no_server_answers() {
    let Some((shop, mut run)) = cut_off(false) else { return };
    signal(&run, "INT");
    assert_eq!(ended_within(&mut run, GRACE + Duration::from_secs(1)), 130);
    let output = Run::of(&run.wait_with_output().expect("ended"));
    output.says("cannot write the result of the run").says("nothing is lost");
    // Nobody could let go of the lease: the next run waits until it has expired, and goes on.
    shop.release("configmap", "held");
    shop.synced(&[]);
    let all = ["ConfigMap/cart", "ConfigMap/held", "ConfigMap/web", "Deployment.apps/cart"];
    shop.holds_exactly(all);
}

#[test]
fn a_run_that_only_looks_ends_at_once_though_no_server_answers() {
    let Some((shop, mut run)) = cut_off(true) else { return };
    signal(&run, "TERM");
    assert_eq!(ended_within(&mut run, Duration::from_secs(1)), 143);
    Run::of(&run.wait_with_output().expect("ended")).says("nothing was changed");
    assert!(shop.has_state("test").is_empty());
}
