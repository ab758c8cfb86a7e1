//! Charts while their values are being worked out.
//!
//! Owns what two uses of one chart share: Helm copies a chart's outside for each use and no more,
//! so that what one use changes further in, the other sees. It must not know what the passes do.

use super::ValuesError;
use super::frozen::Frozen;
use crate::chart::{Chart, Dependency, Metadata};
use crate::profile::Profile;
use gotemplate::{Map, Text};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A chart while its dependencies and defaults are being worked out.
pub(super) struct Working<'a> {
    /// The chart.
    pub(super) chart: &'a Chart,
    /// Which Helm is imitated.
    pub(super) profile: Profile,
    /// The chart's own default values.
    pub(super) defaults: &'a [(Text, Frozen)],
    /// The defaults after imports from sub-charts, in place of its own.
    pub(super) imported: RefCell<Option<Map>>,
    head: Rc<Head<'a>>,
    place: Rc<Place<'a>>,
    dependencies: RefCell<Vec<Rc<Self>>>,
}

/// Where a chart stands: a way up that outlives the charts on it.
struct Place<'a> {
    name: Cow<'a, str>,
    parent: RefCell<Option<Rc<Self>>>,
}

impl Place<'_> {
    fn path(&self) -> String {
        match &*self.parent.borrow() {
            None => self.name.clone().into_owned(),
            Some(parent) => format!("{}/charts/{}", parent.path(), self.name),
        }
    }
}

/// What uses of a chart may share of its metadata: the declared dependencies. None once none of
/// them is left.
type Head<'a> = RefCell<Option<Declarations<'a>>>;

/// The dependencies that a chart declares.
pub(super) type Declarations<'a> = Vec<Rc<Declared<'a>>>;

/// A declared dependency.
#[derive(Clone)]
pub(super) struct Declared<'a> {
    /// As it is written.
    pub(super) written: &'a Dependency,
    /// Whether it has taken the alias for its name.
    pub(super) is_renamed: Cell<bool>,
    /// Whether tags and conditions let it be.
    pub(super) is_enabled: Cell<bool>,
    /// Whether its `import-values` were followed. Helm does so once.
    pub(super) is_imported: Cell<bool>,
}

impl<'a> Declared<'a> {
    fn new(written: &'a Dependency) -> Self {
        Self {
            written,
            is_renamed: Cell::new(false),
            is_enabled: Cell::new(written.enabled),
            is_imported: Cell::new(false),
        }
    }

    /// The name, or the alias once it is taken.
    pub(super) fn name(&self) -> &'a str {
        if self.is_renamed.get() { &self.written.alias } else { &self.written.name }
    }

    fn seen(&self) -> Dependency {
        Dependency {
            name: self.name().to_owned(),
            enabled: self.is_enabled.get(),
            ..self.written.clone()
        }
    }
}

impl<'a> Working<'a> {
    /// A chart with all its vendored sub-charts.
    pub(super) fn new(chart: &'a Chart, profile: Profile) -> Result<Rc<Self>, ValuesError> {
        let metadata = &chart.metadata;
        let declared = metadata.dependencies.iter().map(|one| Rc::new(Declared::new(one)));
        let declared = metadata.declares_dependencies.then(|| declared.collect());
        let vendored = chart.dependencies.iter().map(|inner| Self::new(inner, profile));
        let vendored = vendored.collect::<Result<Vec<_>, _>>()?;
        let working = Rc::new(Self {
            chart,
            profile,
            defaults: chart.defaults(profile)?,
            imported: RefCell::default(),
            head: Rc::new(RefCell::new(declared)),
            place: Rc::new(Place {
                name: Cow::Borrowed(&metadata.name),
                parent: RefCell::default(),
            }),
            dependencies: RefCell::default(),
        });
        Self::adopt(&working, vendored);
        Ok(working)
    }

    /// The alias, or the chart's own name.
    pub(super) fn name(&self) -> &str {
        &self.place.name
    }

    /// `<root>/charts/<sub>`, through whoever took the chart for a sub-chart last.
    pub(super) fn path(&self) -> String {
        self.place.path()
    }

    /// The sub-charts.
    pub(super) fn dependencies(&self) -> Vec<Rc<Self>> {
        self.dependencies.borrow().clone()
    }

    /// Whether a sub-chart has the name.
    pub(super) fn has_dependency(&self, name: &Text) -> bool {
        self.dependencies.borrow().iter().any(|child| *name == *child.name())
    }

    /// Replaces the sub-charts, which have `parent` for their parent from then on.
    pub(super) fn adopt(parent: &Rc<Self>, children: Vec<Rc<Self>>) {
        for child in &children {
            child.place.parent.replace(Some(Rc::clone(&parent.place)));
        }
        parent.dependencies.replace(children);
    }

    /// The declared dependencies, if there is a list of them.
    pub(super) fn declared(&self) -> Option<Declarations<'a>> {
        self.head.borrow().clone()
    }

    /// Replaces the declared dependencies, for every use of the chart that shares them.
    pub(super) fn declare(&self, declared: Declarations<'a>) {
        self.head.replace(Some(declared).filter(|left| !left.is_empty()));
    }

    /// A copy for one use of the chart, as deep as Helm copies: version 3 shares the declared
    /// dependencies and the sub-charts, version 4 what lies a level further in.
    pub(super) fn copy_for(self: &Rc<Self>, declared: &Declared<'a>) -> Rc<Self> {
        let alias = declared.written.alias.as_str();
        let name = if alias.is_empty() { self.place.name.clone() } else { Cow::Borrowed(alias) };
        let own = self.declared().map(|list| match self.profile {
            Profile::Helm3 => list,
            Profile::Helm4 => list.iter().map(|one| Rc::new(Declared::clone(one))).collect(),
        });
        let copy = self.copy(name, Rc::new(RefCell::new(own)));
        if self.profile == Profile::Helm4 {
            let children = self.dependencies();
            let children = children
                .iter()
                .map(|child| child.copy(child.place.name.clone(), Rc::clone(&child.head)));
            Self::adopt(&copy, children.collect());
        }
        copy
    }

    fn copy(&self, name: Cow<'a, str>, head: Rc<Head<'a>>) -> Rc<Self> {
        let place = Place { name, parent: self.place.parent.clone() };
        Rc::new(Self {
            chart: self.chart,
            profile: self.profile,
            defaults: self.defaults,
            imported: self.imported.clone(),
            head,
            place: Rc::new(place),
            dependencies: self.dependencies.clone(),
        })
    }

    /// The metadata as templates see it.
    pub(super) fn metadata(&self) -> Cow<'a, Metadata> {
        let written = &self.chart.metadata;
        if !written.declares_dependencies && written.name == self.name() {
            return Cow::Borrowed(written);
        }
        let declared = self.declared().unwrap_or_default();
        Cow::Owned(Metadata {
            name: self.name().to_owned(),
            dependencies: declared.iter().map(|one| one.seen()).collect(),
            ..written.clone()
        })
    }
}
