//! What is on a page, for those who cannot see it: the tree of tags, the outline, what the document says of itself.

use std::num::NonZeroU16;

use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::tagging::{Identifier, ListNumbering, Node, TableHeaderScope, Tag, TagGroup, TagKind};

/// What is said about a document.
#[derive(Debug, Clone)]
pub struct DocumentInfo {
    /// Its title.
    pub title: String,
    /// On the left over every page but the first.
    pub head_left: String,
    /// On the right over every page but the first.
    pub head_right: String,
    /// On the left under every page.
    pub foot: String,
    /// Leadtrail's version.
    pub program: String,
    /// When it was made, UTC.
    pub made_at: chrono::DateTime<chrono::Utc>,
    /// What makes it this document and no other.
    pub id: String,
}

/// What a piece of a page means.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // the words explain themselves
pub enum StructureTag {
    Section,
    Paragraph,
    Heading(u16, String),
    List,
    Item,
    Label,
    Body,
    Table(String),
    Head,
    Rows,
    Row,
    ColumnHead,
    RowHead,
    Cell,
    /// Drawn: with what it shows, in words.
    Figure(String),
}

impl StructureTag {
    pub(super) fn tag(&self) -> TagKind {
        match self {
            StructureTag::Section => Tag::Section.into(),
            StructureTag::Paragraph => Tag::P.into(),
            StructureTag::Heading(level, title) => {
                Tag::Hn(NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN), Some(title.clone())).into()
            }
            StructureTag::List => Tag::L(ListNumbering::None).into(),
            StructureTag::Item => Tag::LI.into(),
            StructureTag::Label => Tag::Lbl.into(),
            StructureTag::Body => Tag::LBody.into(),
            StructureTag::Table(summary) => Tag::Table.with_summary(Some(summary.clone())).into(),
            StructureTag::Head => Tag::THead.into(),
            StructureTag::Rows => Tag::TBody.into(),
            StructureTag::Row => Tag::TR.into(),
            StructureTag::ColumnHead => Tag::TH(TableHeaderScope::Column).into(),
            StructureTag::RowHead => Tag::TH(TableHeaderScope::Row).into(),
            StructureTag::Cell => Tag::TD.into(),
            StructureTag::Figure(alt) => Tag::Figure(Some(alt.clone())).into(),
        }
    }
}

pub(super) enum Kid {
    Group(Group),
    /// Drawn content, by its number.
    Drawn(usize),
    /// A link, by its number.
    Link(usize),
}

pub(super) struct Group {
    pub(super) means: Option<StructureTag>,
    pub(super) kids: Vec<Kid>,
}

pub(super) fn nodes(group: Group, drawn: &[Option<Identifier>]) -> Vec<Node> {
    let known = |number: usize| drawn.get(number).copied().flatten();
    let links = group.kids.iter().any(|kid| matches!(kid, Kid::Link(number) if known(*number).is_some()));
    let mut kids = Vec::new();
    for kid in group.kids {
        match kid {
            Kid::Group(group) => kids.extend(nodes(group, drawn)),
            Kid::Drawn(number) | Kid::Link(number) => kids.extend(known(number).map(Node::Leaf)),
        }
    }
    match group.means {
        Some(means) => vec![Node::Group(TagGroup::with_children(means.tag(), kids))],
        None if links => vec![Node::Group(TagGroup::with_children(Tag::Link, kids))],
        None => kids,
    }
}

pub(super) fn outline(bookmarks: &[(u8, String, usize, f32)]) -> Outline {
    let mut outline = Outline::new();
    let node = |(_, text, page, y): &(u8, String, usize, f32)| {
        OutlineNode::new(text.clone(), XyzDestination::new(*page, Point::from_xy(0.0, (y - 8.0).max(0.0))))
    };
    let mut at = 0;
    while let Some(mark) = bookmarks.get(at) {
        let mut parent = node(mark);
        at += 1;
        while let Some(child) = bookmarks.get(at).filter(|child| child.0 > mark.0) {
            parent.push_child(node(child));
            at += 1;
        }
        outline.push_child(parent);
    }
    outline
}

pub(super) fn metadata(about: &DocumentInfo) -> Metadata {
    use chrono::{Datelike, Timelike};
    let at = about.made_at;
    let part = |n: u32| u8::try_from(n).unwrap_or_default();
    let date = krilla::metadata::DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    let title = super::fonts::clean(&about.title);
    Metadata::new()
        .title(if title.trim().is_empty() { "Report".into() } else { title })
        .language("en".into())
        .creator(format!("Leadtrail {}", about.program))
        .creation_date(date)
        .document_id(about.id.clone())
}
