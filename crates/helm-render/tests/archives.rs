//! Loads packed charts, honest and hostile, and compares with what the real Helm said of the same
//! bytes: as the chart itself, and as a sub-chart in `charts/`.
//!
//! `tests/data/archives.txt` holds four lines for each archive: Helm 4 and Helm 3, alone and as a
//! sub-chart. `HELM4=… HELM3=… RECORD=1 cargo test -p helm-render --test archives` records anew.

#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test runs the real Helm, measures time, and fails loudly"
)]

mod packing;

use gotemplate::Map;
use helm_render::chart::{Chart, SourceFile};
use helm_render::output::{PrintOptions, print};
use helm_render::{Compiled, Options, Profile, Release, STACK_SIZE};
use packing::{Member, gzip, members, pack, tar};
use std::path::Path;
use tar::EntryType;

const METADATA: &str = "apiVersion: v2\nname: shop\nversion: 1.2.3\n";
const TEMPLATE: &str = "kind: A\nmetadata: {name: \"{{ .Release.Name }}\"}\n";
const PARENT: &str = "apiVersion: v2\nname: parent\nversion: 1.2.3\n";
const PROFILES: [(Profile, &str); 2] = [(Profile::Helm4, "HELM4"), (Profile::Helm3, "HELM3")];

fn file(name: &str, content: &str) -> Member {
    Member::file(name, content)
}

/// A chart that any Helm takes, and something else.
fn with(more: impl IntoIterator<Item = Member>) -> Vec<Member> {
    let mut all = vec![file("shop/Chart.yaml", METADATA), file("shop/templates/a.yaml", TEMPLATE)];
    all.extend(more);
    all
}

fn with_file(name: &str) -> Vec<u8> {
    pack(&with([file(name, TEMPLATE)]))
}

fn with_kind(kind: EntryType, name: &str, content: &str) -> Vec<u8> {
    pack(&with([Member::of_kind(kind, name, content)]))
}

/// A chart whose `Chart.yaml` is this.
fn with_metadata(text: &str) -> Vec<u8> {
    pack(&[file("shop/Chart.yaml", text), file("shop/templates/a.yaml", TEMPLATE)])
}

fn changed(mut bytes: Vec<u8>, at: usize) -> Vec<u8> {
    bytes[at] ^= 0xff;
    bytes
}

fn without_last(mut bytes: Vec<u8>, count: usize) -> Vec<u8> {
    bytes.truncate(bytes.len() - count);
    bytes
}

/// A file whose header says another size.
fn pretending(content: &str, size: u64) -> Member {
    let mut member = file("shop/x", content);
    member.size = size;
    member
}

/// A header that says what the next member's name is.
fn pax(name: &str) -> Member {
    let record = format!(" path={name}\n");
    let length = record.len() + 3;
    Member::of_kind(EntryType::XHeader, "shop/PaxHeaders/x", format!("{length}{record}"))
}

#[rustfmt::skip]
fn archives() -> Vec<(&'static str, Vec<u8>)> {
    let honest = || pack(&with([]));
    let mark = "\u{feff}";
    let five = 5 << 20;
    let directory = |name| Member::of_kind(EntryType::Directory, name, "");
    let long = format!("shop/templates/{}.yaml", "l".repeat(120));
    vec![
        ("honest", honest()),
        ("folders", pack(&[directory("shop/"), directory("shop/templates/"), file("shop/Chart.yaml", METADATA), file("shop/templates/a.yaml", TEMPLATE)])),
        ("dot before the folder", pack(&[file("./shop/Chart.yaml", METADATA)])),
        ("dot for the folder", pack(&[file("./Chart.yaml", METADATA), file("./templates/a.yaml", TEMPLATE)])),
        ("no folder", pack(&[file("Chart.yaml", METADATA)])),
        ("two folders", with_file("elsewhere/templates/z.yaml")),
        ("absolute below the folder", with_file("shop//etc/x")),
        ("absolute", with_file("/shop/x")),
        ("parent", with_file("shop/../x")),
        ("two dots in a name", with_file("shop/..x")),
        ("parent below", with_file("shop/a/../../x")),
        ("parent that stays inside", with_file("shop/templates/../templates/b.yaml")),
        ("drive", with_file("shop/c:/x")),
        ("drive with backslashes", with_file("shop\\c:\\x")),
        ("parent with backslashes", with_file("shop\\..\\x")),
        ("backslashes", pack(&[file("shop\\Chart.yaml", METADATA), file("shop\\templates\\a.yaml", TEMPLATE)])),
        ("both slashes", with_file("shop\\templates/b.yaml")),
        ("beside the folder", with_file("x")),
        ("folder name as a file", with_file("x/")),
        ("metadata as the folder", with_file("Chart.yaml/x")),
        ("symbolic link out", with_kind(EntryType::Symlink, "shop/values.yaml", "")),
        ("symbolic link as a template", with_kind(EntryType::Symlink, "shop/templates/l.yaml", "")),
        ("hard link", with_kind(EntryType::Link, "shop/templates/l.yaml", "")),
        ("device", with_kind(EntryType::Char, "shop/templates/l.yaml", "")),
        ("pipe", with_kind(EntryType::Fifo, "shop/templates/l.yaml", "")),
        ("contiguous", with_kind(EntryType::Continuous, "shop/templates/l.yaml", TEMPLATE)),
        ("unknown kind", with_kind(EntryType::new(b'Z'), "shop/templates/l.yaml", TEMPLATE)),
        ("old folder", with_kind(EntryType::new(0), "shop/templates/l/", "")),
        ("global header", pack(&[&[Member::of_kind(EntryType::XGlobalHeader, "pax_global_header", "20 comment=aaaaaaaa\n")], &*with([])].concat())),
        ("extended header", pack(&with([pax(&long), file("shop/x", TEMPLATE)]))),
        ("long name", with_file(&long)),
        ("long name out", with_file(&format!("shop/{}/../../../x", "l".repeat(120)))),
        ("extended header out", pack(&with([pax(&format!("shop/{}/../../../x", "l".repeat(100))), file("shop/x", TEMPLATE)]))),
        ("line break in a name", with_file("shop/templates/n\n.yaml")),
        ("byte order marks", pack(&[file("shop/Chart.yaml", &format!("{mark}{METADATA}")), file("shop/templates/a.yaml", &format!("{mark}{TEMPLATE}"))])),
        ("ignored files", pack(&with([file("shop/.helmignore", "*.yaml\n"), file("shop/templates/.x.yaml", TEMPLATE)]))),
        ("nothing", pack(&[])),
        ("only a folder", pack(&[directory("shop/")])),
        ("no metadata", pack(&[file("shop/x", "x")])),
        ("twice the same file", pack(&with([file("shop/templates/a.yaml", "kind: B\nmetadata: {name: b}\n")]))),
        ("twice metadata", pack(&with([file("shop/Chart.yaml", "name: other\nversion: 2.0.0\n")]))),
        ("file above five MiB", pack(&with([Member::file("shop/big", vec![b'x'; five + 1])]))),
        ("file of five MiB", pack(&with([Member::file("shop/big", vec![b'x'; five])]))),
        ("above a hundred MiB", pack(&with((0..20).map(|number| Member::file(&format!("shop/big{number}"), vec![0; five]))))),
        ("pretends a tebibyte", gzip(&members(&with([pretending("", 1 << 40)])))),
        ("pretends a mebibyte", gzip(&members(&with([pretending("x", 1 << 20)])))),
        ("unknown version", with_metadata("apiVersion: v9\nname: shop\nversion: 1.2.3\n")),
        ("version 3", with_metadata("apiVersion: v3\nname: shop\nversion: 1.2.3\n")),
        ("library of version 3", with_metadata("apiVersion: v3\nname: shop\nversion: 1.2.3\ntype: library\n")),
        ("broken metadata", with_metadata("a: [")),
        ("invalid metadata", with_metadata("apiVersion: v2\nname: shop\n")),
        ("half", { let half = honest().len() / 2; without_last(honest(), half) }),
        ("one byte short", without_last(honest(), 1)),
        ("trailer missing", without_last(honest(), 8)),
        ("only a header", honest()[..5].to_vec()),
        ("begin of a header", honest()[..10].to_vec()),
        ("empty", Vec::new()),
        ("garbage after the end", [honest(), b"garbage".to_vec()].concat()),
        ("twice after each other", [honest(), honest()].concat()),
        ("in two parts", { let (one, two) = (members(&with([])), tar(&[file("shop/templates/b.yaml", TEMPLATE)])); [gzip(&one), gzip(&two)].concat() }),
        ("garbage between the parts", { let (one, two) = (members(&with([])), tar(&[])); [gzip(&one), vec![7; 20], gzip(&two)].concat() }),
        ("wrong checksum after the end", { let at = honest().len() - 8; changed(honest(), at) }),
        ("wrong checksum where it is read", { let packed = gzip(&members(&with([]))); let at = packed.len() - 8; changed(packed, at) }),
        ("no end", gzip(&members(&with([])))),
        ("ends in a header", gzip(&tar(&with([]))[..512 + 512 + 20])),
        ("ends in a file", gzip(&tar(&with([]))[..512 + 20])),
        ("not an archive", gzip(&b"hello world\n".repeat(100))),
        ("too short for an archive", gzip(b"hi")),
        ("nothing in gzip", gzip(b"")),
        ("plain text", b"hello".to_vec()),
        ("long plain text", b"hello world\n".repeat(100)),
        ("zip", [b"PK\x03\x04".as_slice(), &[1; 600]].concat()),
        ("not compressed", tar(&with([]))),
        ("wrong archive checksum", gzip(&changed(tar(&with([])), 1024 + 5))),
        ("nested", nested(3)),
        ("sub-charts in an archive", pack(&with([file("shop/charts/inner/Chart.yaml", "apiVersion: v2\nname: inner\nversion: 1.0.0\n"), file("shop/charts/inner/templates/i.yaml", TEMPLATE), file("shop/charts/_off/x", ""), file("shop/charts/x.prov", "")]))),
        ("folder with the name of an archive", with_file("shop/charts/x.tgz/Chart.yaml")),
        ("broken archive in an archive", pack(&with([file("shop/charts/x-1.0.0.tgz", "hello world")]))),
    ]
}

/// Charts in archives in charts, so many deep.
fn nested(depth: usize) -> Vec<u8> {
    let mut inner = pack(&with([]));
    for level in 0..depth {
        let metadata = format!("apiVersion: v2\nname: level{level}\nversion: 1.0.0\n");
        inner = pack(&[
            file("x/Chart.yaml", &metadata),
            Member::file("x/charts/inner-1.2.3.tgz", inner),
        ]);
    }
    inner
}

fn files_around(archive: &[u8]) -> Vec<SourceFile> {
    let file =
        |path: &str, content: &[u8]| SourceFile { path: path.into(), content: content.into() };
    vec![file("Chart.yaml", PARENT.as_bytes()), file("charts/x.tgz", archive)]
}

/// What our renderer says: the error, or the templates it printed.
fn ours(archive: &[u8], is_alone: bool, profile: Profile) -> String {
    let thread = std::thread::Builder::new().stack_size(STACK_SIZE);
    let work = || try_ours(archive, is_alone, profile);
    let result = std::thread::scope(|scope| thread.spawn_scoped(scope, work).unwrap().join());
    match result {
        Ok(Ok(text)) => sources(&text),
        Ok(Err(message)) => format!("error: {message:?}"),
        Err(_) => "panic".to_owned(),
    }
}

fn try_ours(archive: &[u8], is_alone: bool, profile: Profile) -> Result<String, String> {
    let chart = if is_alone {
        Chart::load_archive(profile, "x.tgz", archive)
    } else {
        Chart::load_as(profile, "parent", files_around(archive))
    };
    let chart = chart.map_err(|error| error.message)?;
    let compiled = Compiled::new(chart, profile).map_err(|error| error.message)?;
    let options = Options { profile, ..Options::default() };
    let rendering = compiled.render(&Map::default(), &Release::default(), &options);
    let rendering = rendering.map_err(|error| error.message)?;
    let choice = PrintOptions { profile, ..PrintOptions::default() };
    let printed = print(&rendering, &choice).map_err(|error| error.message)?;
    Ok(String::from_utf8_lossy(&printed).into_owned())
}

fn sources(text: &str) -> String {
    let paths: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# Source: ")).collect();
    format!("prints {}", paths.join(" "))
}

/// What the real Helm says of the same bytes.
fn helms(archive: &[u8], is_alone: bool, variable: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("archives");
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(folder.join("parent/charts")).unwrap();
    std::fs::write(folder.join("x.tgz"), archive).unwrap();
    for file in files_around(archive) {
        std::fs::write(folder.join("parent").join(file.path), file.content).unwrap();
    }
    let helm = std::env::var(variable).unwrap_or_else(|_| panic!("{variable} must be a helm"));
    let chart = if is_alone { "x.tgz" } else { "parent" };
    let mut command = std::process::Command::new(helm);
    let output = command.args(["template", chart]).current_dir(&folder).output().unwrap();
    if output.status.success() {
        return sources(&String::from_utf8_lossy(&output.stdout));
    }
    let text =
        String::from_utf8_lossy(&output.stderr).replace(&format!("{}/", folder.display()), "");
    let message = text.split_once("Error: ").map_or("", |(_, message)| message);
    format!("error: {:?}", message.strip_suffix('\n').unwrap_or(message))
}

/// Every archive in every place, and what `answer` says of it.
fn table(answer: impl Fn(&[u8], bool, Profile, &str) -> String) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, archive) in archives() {
        for (profile, variable) in PROFILES {
            for (is_alone, place) in [(true, "alone"), (false, "as a sub-chart")] {
                let said = answer(&archive, is_alone, profile, variable);
                lines.push(format!("{name}, {profile:?}, {place}: {said}"));
            }
        }
    }
    lines
}

#[test]
fn every_archive_is_read_as_helm_reads_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/archives.txt");
    if std::env::var("RECORD").is_ok() {
        let lines = table(|archive, is_alone, _, variable| helms(archive, is_alone, variable));
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    }
    let recorded = std::fs::read_to_string(&path).unwrap();
    let actual = table(|archive, is_alone, profile, _| ours(archive, is_alone, profile));
    assert_eq!(recorded.lines().count(), actual.len());
    let differing: Vec<_> = recorded
        .lines()
        .zip(&actual)
        .filter(|(helm, ours)| helm != ours)
        .map(|(helm, ours)| format!("helm: {helm}\nours: {ours}\n"))
        .collect();
    assert!(differing.is_empty(), "{} differ\n{}", differing.len(), differing.join("\n"));
}

/// Charts that unpack to far more than they are.
#[rustfmt::skip]
fn bombs() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let zeros = |length| gzip(&vec![0; length]);
    let mebibytes = |count: usize| Member::file("shop/x", vec![0; count << 20]);
    let sub_chart = |name: &str, content: Vec<u8>| Member::file(&format!("shop/charts/{name}.tgz"), content);
    let large = pack(&with([mebibytes(90)]));
    let long_name = Member::of_kind(EntryType::GNULongName, "x", vec![b'x'; 170 << 20]);
    let comment = Member::of_kind(EntryType::XGlobalHeader, "x", vec![b'x'; 170 << 20]);
    let folders = |depth: usize| "charts/x/".repeat(depth);
    let deep = (0..60).map(|depth| file(&format!("shop/{}Chart.yaml", folders(depth)), METADATA));
    vec![
        ("one large file", gzip(&members(&with([pretending("", 4 << 30)]))), "larger than the maximum"),
        ("many archives in one", pack(&with([sub_chart("a", large.clone()), sub_chart("b", large.clone())])), "unpack to more than 167772160 bytes"),
        ("archives in archives", pack(&with([sub_chart("a", pack(&with([sub_chart("a", large.clone()), mebibytes(80)])))])), "unpack to more than 167772160 bytes"),
        ("a name without end", pack(&with([long_name])), "unpack to more than 167772160 bytes"),
        ("a comment without end", pack(&with([comment])), "unpack to more than 167772160 bytes"),
        ("nothing but zeros", zeros(1 << 30), "no files in chart archive"),
        ("archives without end", nested(60), "nested more than 50 deep"),
        ("folders without end", pack(&deep.collect::<Vec<_>>()), "nested more than 50 deep"),
    ]
}

#[test]
fn bombs_are_refused_at_once() {
    for (name, archive, expected) in bombs() {
        assert!(archive.len() < 2 << 20, "{name} has {} bytes", archive.len());
        for (is_alone, place) in [(true, "alone"), (false, "as a sub-chart")] {
            let started = std::time::Instant::now();
            let chart = if is_alone {
                Chart::load_archive(Profile::Helm4, "x.tgz", &archive)
            } else {
                Chart::load_as(Profile::Helm4, "parent", files_around(&archive))
            };
            let error = chart.unwrap_err();
            let said = error.reason.unwrap_or(error.message);
            assert!(said.contains(expected), "{name}, {place}: {said}");
            assert!(started.elapsed().as_secs() < 10, "{name}, {place}");
        }
    }
}

#[test]
fn a_broken_archive_in_a_folder_is_told_with_its_place() {
    let error = Chart::load("parent", files_around(b"hello")).unwrap_err();
    assert_eq!(error.path, "charts/x.tgz");
    let metadata = pack(&[file("shop/Chart.yaml", "apiVersion: v2\n\nversion: x\nname: shop\n")]);
    let error = Chart::load("parent", files_around(&metadata)).unwrap_err();
    assert_eq!((error.path.as_str(), error.line), ("charts/x.tgz/Chart.yaml", Some(3)));
}
