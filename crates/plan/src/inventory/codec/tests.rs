use super::*;
use crate::inventory::{Moving, Phase, Place, Run, RunCounts, RunPhase};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use std::time::Instant;

fn id(group: &str, kind: &str, namespace: Option<&str>, name: &str) -> ObjectId {
    let namespace = namespace.map(str::to_owned);
    ObjectId { group: group.into(), kind: kind.into(), namespace, name: name.into() }
}

fn entry(service: &str) -> Entry {
    Entry {
        service: service.into(),
        version: "v1".into(),
        digest: "v1:5c21".into(),
        uid: Some("6f1c".into()),
        resource_version: Some("812".into()),
        generation: Some(3),
        owned: Some("77aa".into()),
        phase: Phase::Applied,
        attempt: "b7".into(),
        kept_until: None,
    }
}

fn run(id: &str) -> Run {
    Run { id: id.into(), started: "2026-07-01T10:00:00Z".into(), ..Run::default() }
}

fn example() -> Inventory {
    let intent = Entry {
        service: "_namespaces".into(),
        version: "v1".into(),
        digest: "v1:00".into(),
        attempt: "b8".into(),
        ..Entry::default()
    };
    Inventory {
        project: "shop".into(),
        environment: "staging".into(),
        cluster: "1a2b".into(),
        generation: 7,
        run: Run {
            fencing: 4,
            commit: Some("0123456".into()),
            actor: Some("ci".into()),
            url: Some("https://ci.example.com/runs/8?x=1#y".into()),
            ended: Some("2026-07-01T10:00:09Z".into()),
            phase: RunPhase::Succeeded,
            counts: RunCounts { created: 1, updated: 2, deleted: 3, failed: 0 },
            ..run("b8")
        },
        history: vec![run("b7")],
        moving: None,
        entries: BTreeMap::from([
            (id("", "Namespace", None, "shop"), intent),
            (id("apps", "Deployment", Some("shop"), "cart"), entry("cart")),
            (id("", "Service", Some("shop"), "cart"), entry("cart")),
            (
                id("rbac.authorization.k8s.io", "ClusterRole", None, "system:cart.reader"),
                entry("cart"),
            ),
        ]),
        fingerprints: BTreeMap::from([("cart".into(), "v1:f1".into())]),
    }
}

#[test]
fn a_record_that_is_being_moved_says_so_in_a_way_that_an_older_version_refuses() {
    let place =
        Place { namespace: "system".into(), project: "shop".into(), environment: "staging".into() };
    for moving in [Moving::To(place.clone()), Moving::From(place)] {
        let inventory = Inventory { moving: Some(moving), ..example() };
        let written = encode(&inventory).unwrap();
        assert!(written.data[STATE].contains("moving"), "{}", written.data[STATE]);
        assert_eq!(decode(&written), Ok(inventory));
    }
    // What stands in a header and is not known is an error, as it was in every version.
    let text = encode(&example()).unwrap().data[STATE].clone() + "movingSideways: {}\n";
    assert!(Header::read(&text).is_err());
}

const STATE_TEXT: &str = "\
apiVersion: molave.dev/v1
kind: State
schema: 1
project: shop
environment: staging
cluster: 1a2b
generation: 7
run:
  id: b8
  fencing: 4
  commit: '0123456'
  actor: ci
  url: https://ci.example.com/runs/8?x=1#y
  started: 2026-07-01T10:00:00Z
  ended: 2026-07-01T10:00:09Z
  phase: succeeded
  counts:
    created: 1
    updated: 2
    deleted: 3
    failed: 0
history:
- id: b7
  fencing: 0
  started: 2026-07-01T10:00:00Z
  phase: started
  counts:
    created: 0
    updated: 0
    deleted: 0
    failed: 0
";

const CART_TEXT: &str = r#"{"fingerprint":"v1:f1"}
{"id":"Service/shop/cart","version":"v1","digest":"v1:5c21","uid":"6f1c","resourceVersion":"812","generation":3,"owned":"77aa","phase":"applied","attempt":"b7"}
{"id":"Deployment.apps/shop/cart","version":"v1","digest":"v1:5c21","uid":"6f1c","resourceVersion":"812","generation":3,"owned":"77aa","phase":"applied","attempt":"b7"}
{"id":"ClusterRole.rbac.authorization.k8s.io/system:cart.reader","version":"v1","digest":"v1:5c21","uid":"6f1c","resourceVersion":"812","generation":3,"owned":"77aa","phase":"applied","attempt":"b7"}
"#;

#[test]
fn the_form_is_for_people_too() {
    let written = encode(&example()).unwrap();
    assert_eq!(written.data["state"], STATE_TEXT);
    assert_eq!(written.data["service.cart"], CART_TEXT);
    assert_eq!(
        written.data["service._namespaces"],
        "{\"id\":\"Namespace/shop\",\"version\":\"v1\",\"digest\":\"v1:00\",\"phase\":\"intent\",\"attempt\":\"b8\"}\n"
    );
    assert_eq!(written.data.len(), 3);
    assert_eq!(written.shards, BTreeMap::new());
    assert_eq!(shards(&written.data), Ok(vec![]));
    assert_eq!(decode(&written), Ok(example()));
}

/// The reason for which the example is unreadable once `from` is `to` in the text of `key`.
fn reason_after(key: &str, from: &str, to: &str) -> String {
    let mut written = encode(&example()).unwrap();
    let text = written.data.get_mut(key).unwrap();
    assert!(text.contains(from), "`{from}` is not in `{key}`");
    *text = text.replacen(from, to, 1);
    decode(&written).unwrap_err().to_string()
}

#[test]
fn what_this_program_would_not_have_written_is_unreadable_and_the_reason_says_where() {
    let cases = [
        ("state", "generation: 7", "generations: 7", "`state`: unknown field `generations`"),
        ("state", "cluster: 1a2b\n", "", "`state`: missing field `cluster`"),
        ("state", "phase: succeeded", "phase: won", "`state`: run: `won` is no phase of a run"),
        ("state", "kind: State", "kind: Status", "`state`: `kind` must be `State`, not `Status`"),
        ("state", "molave.dev/v1", "molave.dev/v2", "`state`: `apiVersion` must be"),
        ("state", "schema: 1", "schema: 0", "`state`: `schema` must be `1`, not `0`"),
        ("state", "schema: 1\n", "", "`state`: missing field `schema`"),
        ("state", "project: shop", "project: shop\nproject: shop", "`state`: duplicate"),
        ("state", STATE_TEXT, "", "`state`: "),
        ("service.cart", CART_TEXT, "", "`service.cart` is empty"),
        ("service.cart", "\n{", "\n\n{", "`service.cart`, line 2: EOF while parsing a value"),
        ("service.cart", r#""uid""#, r#""uuid""#, "`service.cart`, line 2: unknown field `uuid`"),
        ("service.cart", r#""version":"v1","#, "", "line 2: missing field `version`"),
        ("service.cart", r#""applied""#, r#""Applied""#, "line 2: `Applied` is no phase"),
        ("service.cart", r#""applied""#, r#""adopted""#, "line 2: `adopted` is no phase"),
        ("service.cart", r#","attempt":"b7""#, "", "line 2: missing field `attempt`"),
        ("service.cart", r#"{"id""#, r#"{"id":"a/b","id""#, "line 2: duplicate field `id`"),
        ("service.cart", "Deployment.apps/shop", "Service/shop", "line 3: its object is recorded"),
        ("service.cart", "Service/shop/cart", "Service", "line 2: `Service` is not an object"),
        ("service.cart", "Service/shop/cart", "Service./shop/cart", "is not an object"),
        ("service.cart", "Service/shop/cart", "Service/a/b/c", "`Service/a/b/c` is not an object"),
        ("service.cart", "Service/shop/cart", "Service/a/%2f", "`Service/a/%2f` is not an object"),
        ("service._namespaces", "Namespace/shop", "Service/shop/cart", "recorded twice"),
        ("service.cart", r#""v1:f1""#, "5", "line 1: invalid type: integer `5`"),
        ("service.cart", r#"f1"}"#, r#"f1","is":1}"#, "line 1: unknown field `is`"),
        ("service.cart", "}\n", "}\n{\"fingerprint\":\"x\"}\n", "line 2: unknown field `fing"),
    ];
    for (key, from, to, expected) in cases {
        let reason = reason_after(key, from, to);
        assert!(reason.contains(expected), "{from} → {to}: {reason}");
    }
}

#[test]
fn a_newer_schema_is_told_before_its_unknown_keys_are() {
    let reason = reason_after("state", "schema: 1", "schema: 2\ncolour: green");
    assert_eq!(
        reason,
        "`state`: it was written by a newer `molave` (schema 2, this one reads 1): upgrade `molave`; nothing was changed"
    );
    let data = Data::from([("state".to_owned(), "schema: 2".to_owned())]);
    assert!(shards(&data).unwrap_err().0.contains("newer `molave`"));
}

#[test]
fn a_parent_without_header_or_with_an_unknown_key_is_unreadable() {
    assert_eq!(decode(&Written::default()).unwrap_err().0, "it has no key `state`");
    let mut written = encode(&example()).unwrap();
    written.data.insert("services.cart".into(), CART_TEXT.into());
    assert_eq!(decode(&written).unwrap_err().0, "`services.cart` is not a known key");
}

/// `count` objects in services of `each` objects.
fn large(count: usize, each: usize) -> Inventory {
    let entries = (0..count).map(|number| {
        let service = format!("service-{:05}", number / each);
        let name = format!("{service}-{}", number % each);
        let entry = Entry {
            digest: format!("v1:{number:064x}"),
            uid: Some(format!("{number:036x}")),
            resource_version: Some(format!("{}", 10_000_000 + number)),
            owned: Some(format!("{number:032x}")),
            attempt: format!("{number:032x}"),
            ..entry(&service)
        };
        (id("apps", "Deployment", Some("shop"), &name), entry)
    });
    let fingerprint = |number| (format!("service-{number:05}"), format!("v1:{number:064x}"));
    let fingerprints = (0..count.div_ceil(each)).map(fingerprint).collect();
    Inventory { entries: entries.collect(), fingerprints, ..example() }
}

fn size(data: &Data) -> usize {
    data.iter().map(|(key, text)| key.len() + text.len()).sum()
}

#[test]
fn what_fits_stays_in_the_parent_and_one_byte_more_moves_it() {
    let whole = encode(&example()).unwrap();
    let fits = encode_within(&example(), size(&whole.data)).unwrap();
    assert_eq!(fits, whole);
    let moved = encode_within(&example(), size(&whole.data) - 1).unwrap();
    assert_eq!(moved.data.keys().collect::<Vec<_>>(), ["state"]);
    assert_eq!(moved.shards.len(), 1);
    let suffixes = shards(&moved.data).unwrap();
    assert_eq!(suffixes, moved.shards.keys().cloned().collect::<Vec<_>>());
    assert!(suffixes.iter().all(|suffix| suffix.len() == 10), "{suffixes:?}");
    assert_eq!(decode(&moved), Ok(example()));
}

#[test]
fn shards_hold_their_limit_and_every_entry() {
    let limit = 20_000;
    for each in [1, 7, 400] {
        let inventory = large(400, each);
        let written = encode_within(&inventory, limit).unwrap();
        assert!(written.shards.len() > 1);
        assert!(written.shards.values().all(|shard| size(shard) <= limit));
        assert_eq!(decode(&written).as_ref(), Ok(&inventory));
    }
}

#[test]
fn what_does_not_change_keeps_its_shard() {
    let mut inventory = large(400, 10);
    let before = encode_within(&inventory, 20_000).unwrap();
    inventory.generation += 1;
    inventory.entries.pop_last();
    let after = encode_within(&inventory, 20_000).unwrap();
    let kept = before.shards.keys().filter(|suffix| after.shards.contains_key(*suffix));
    assert_eq!(kept.count(), before.shards.len() - 1);
}

#[test]
fn a_missing_a_changed_and_a_strange_shard_are_unreadable() {
    let written = encode_within(&large(40, 10), 4000).unwrap();
    let first = shards(&written.data).unwrap().remove(0);

    let mut missing = written.clone();
    missing.shards.remove(&first);
    assert_eq!(decode(&missing).unwrap_err().0, format!("shard `{first}` is missing"));

    let mut changed = written.clone();
    let shard = changed.shards.get_mut(&first).unwrap();
    for text in shard.values_mut() {
        *text = text.replace("applied", "kept");
    }
    let reason = format!("shard `{first}` does not hold what it was made with");
    assert_eq!(decode(&changed).unwrap_err().0, reason);

    let mut both = written.clone();
    both.data.insert("service.cart".into(), CART_TEXT.into());
    assert_eq!(decode(&both).unwrap_err().0, "`service.cart` stands next to a list of shards");

    let mut twice = encode_within(&large(40, 40), 4000).unwrap();
    let (first, second) = (shards(&twice.data).unwrap(), "{\"fingerprint\":\"x\"}\n");
    let mut last = twice.shards.remove(&first[first.len() - 1]).unwrap();
    for text in last.values_mut() {
        text.insert_str(0, second);
    }
    let packed = shards::pack(last, 9000);
    let suffix = packed.suffixes[0].clone();
    let state = twice.data.get_mut("state").unwrap();
    *state = state.replace(&first[first.len() - 1], &suffix);
    twice.shards.extend(packed.shards);
    let reason = format!(
        "shard `{suffix}`: `service.service-00000`, line 1: its fingerprint is recorded twice"
    );
    assert_eq!(decode(&twice).unwrap_err().0, reason);

    let mut spare = written.clone();
    spare.shards.insert("0123456789".into(), Data::new());
    assert_eq!(decode(&spare), decode(&written));
}

#[test]
fn two_shards_whose_digests_begin_alike_have_two_names() {
    let content = Data::from([("service.a".to_owned(), "{}\n".to_owned())]);
    let packed = shards::pack(content.clone(), 100);
    let short = packed.suffixes[0].clone();
    let taken = BTreeMap::from([(short.clone(), Data::new())]);
    let long = shards::pack_beside(taken, content.clone());
    assert!(long.starts_with(&short) && long.len() == 11, "{long}");
    assert_eq!(
        shards::find(&BTreeMap::from([(long.clone(), content.clone())]), &long),
        Ok(&content)
    );
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it measures; what it tests takes no time")]
fn a_large_environment_is_written_and_read() {
    // SHA-256 takes a second a megabyte without optimization.
    let count = if cfg!(debug_assertions) { 3_000 } else { 100_000 };
    let inventory = large(count, 5);
    let start = Instant::now();
    let written = encode(&inventory).unwrap();
    let encoded = start.elapsed();
    let start = Instant::now();
    let decoded = decode(&written).unwrap();
    println!(
        "{count} entries: encode {encoded:?}, decode {:?}, {} shards",
        start.elapsed(),
        written.shards.len()
    );
    assert!(written.shards.values().all(|shard| size(shard) <= LIMIT));
    assert!(written.shards.len() > 1 && decoded == inventory);
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9.:-]{0,12}",
        "(null|yes|no|~|1e3|0x1F|0o7|1_000|-|---|2026-07-01|\\.inf|#a|a: b|&a|\\*a|!a|%a|@a|`a)",
        vec(any::<char>(), 0..8).prop_map(String::from_iter),
        vec(any::<u8>(), 0..8).prop_map(|bytes| bytes.into_iter().map(char::from).collect()),
    ]
}

prop_compose! {
    fn any_id()(
        group in text(), kind in text(), namespace in option::of(text()), name in text(),
    ) -> ObjectId {
        ObjectId { group, kind, namespace, name }
    }
}

prop_compose! {
    fn any_entry()(
        service in prop_oneof![Just("cart".to_owned()), text()],
        version in text(), digest in text(), attempt in text(),
        uid in option::of(text()), resource_version in option::of(text()),
        owned in option::of(text()), generation in any::<Option<i64>>(),
        phase in prop::sample::select(vec![
            Phase::Intent, Phase::Maybe, Phase::Applied, Phase::Done, Phase::Kept,
            Phase::Foreign, Phase::Unserved, Phase::Deleting,
        ]),
        kept_until in any::<Option<i64>>(),
    ) -> Entry {
        Entry {
            service, version, digest, uid, resource_version, generation, owned, phase, attempt, kept_until,
        }
    }
}

prop_compose! {
    fn any_run()(
        id in text(), started in text(), fencing in any::<u64>(),
        commit in option::of(text()), actor in option::of(text()), url in option::of(text()),
        ended in option::of(text()), counts in any::<(u32, u32, u32, u32)>(),
        phase in prop::sample::select(vec![
            RunPhase::Started, RunPhase::Succeeded, RunPhase::Failed, RunPhase::Interrupted,
        ]),
    ) -> Run {
        let (created, updated, deleted, failed) = counts;
        let counts = RunCounts { created, updated, deleted, failed };
        Run { id, fencing, commit, actor, url, started, ended, phase, counts }
    }
}

prop_compose! {
    fn any_inventory()(
        project in text(), environment in text(), cluster in text(), generation in any::<u64>(),
        run in any_run(), history in vec(any_run(), 0..3),
        entries in btree_map(any_id(), any_entry(), 0..6),
        fingerprint in text(), is_known in any::<bool>(),
    ) -> Inventory {
        let moving = None;
        let services = entries.values().map(|entry| entry.service.clone());
        let fingerprints = services.filter(|_| is_known).map(|it| (it, fingerprint.clone())).collect();
        Inventory {
            project, environment, cluster, generation, run, history, moving, entries, fingerprints,
        }
    }
}

/// A record with a piece of it replaced by some text.
fn damaged() -> impl Strategy<Value = Written> {
    let place = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_usize..20);
    (any_inventory(), 200_usize..2000, place, text(), any::<bool>()).prop_map(
        |(inventory, limit, (which, place, length), text, in_shard)| {
            let mut written = encode_within(&inventory, limit).unwrap();
            let mut data = vec![&mut written.data];
            if in_shard {
                data.extend(written.shards.values_mut());
            }
            let mut texts: Vec<&mut String> =
                data.into_iter().flat_map(|data| data.values_mut()).collect();
            let index = which.index(texts.len());
            let mut characters: Vec<char> = texts[index].chars().collect();
            if !characters.is_empty() {
                let place = place.index(characters.len());
                let end = characters.len().min(place + length);
                characters.splice(place..end, text.chars());
            }
            *texts[index] = characters.into_iter().collect();
            written
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_is_written_is_read_again(inventory in any_inventory()) {
        let written = encode(&inventory).unwrap();
        let decoded = decode(&written);
        prop_assert_eq!(decoded.as_ref(), Ok(&inventory));
        prop_assert_eq!(encode(&inventory).unwrap(), written);
    }

    #[test]
    fn what_is_written_to_shards_is_read_again(
        inventory in any_inventory(), limit in 0_usize..3000,
    ) {
        let written = encode_within(&inventory, limit).unwrap();
        prop_assert_eq!(decode(&written), Ok(inventory));
    }

    #[test]
    fn no_damage_panics(written in damaged()) {
        drop(decode(&written));
        drop(shards(&written.data));
    }

    #[test]
    fn no_text_panics(state in any::<String>(), key in text(), line in any::<String>()) {
        drop(decode(&Written {
            data: BTreeMap::from([("state".to_owned(), state)]),
            ..Written::default()
        }));
        let mut written = encode(&Inventory::default()).unwrap();
        written.data.insert(format!("service.{key}"), line);
        drop(decode(&written));
    }
}
