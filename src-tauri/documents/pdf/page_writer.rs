//! Pages in the making: what is drawn where, what it means (headings, tables, lists, figures), and what links to what.
//! Nothing is written before all is known, so that a page can say "3 of 7" and a link can point ahead.

use std::collections::HashMap;

use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::rgb::Color;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::page::PageSettings;
use krilla::tagging::{ArtifactType, Identifier, TagTree};
use krilla::{Document, SerializeSettings};

use super::fonts::{Fonts, ShapedLine, Style, Weight};
use super::ink;
use super::page_ops::{Op, PageLink, PdfPage, play, rounded};
use super::structure::{DocumentInfo, Group, Kid, StructureTag, metadata, nodes, outline};
use crate::documents::{DocumentError, Paper};

/// Left and right of what is printed, points.
pub const MARGIN: f32 = 42.0;
const TOP: f32 = 56.0;
const FOOT: f32 = 48.0;

/// Pages in the making.
pub struct PageWriter<'f> {
    /// Letters.
    pub fonts: &'f Fonts,
    /// Points.
    pub width: f32,
    /// Points.
    pub height: f32,
    /// How far down the page is taken, points.
    pub y: f32,
    pages: Vec<PdfPage>,
    open: Vec<Group>,
    numbers: usize,
    anchors: HashMap<String, (usize, f32)>,
    bookmarks: Vec<(u8, String, usize, f32)>,
    marking: bool,
}

impl<'f> PageWriter<'f> {
    /// The first page, empty.
    pub fn new(fonts: &'f Fonts, paper: Paper) -> PageWriter<'f> {
        let (width, height) = match paper {
            Paper::A4 => (595.28, 841.89),
            Paper::Letter => (612.0, 792.0),
        };
        PageWriter {
            fonts,
            width,
            height,
            y: MARGIN,
            pages: vec![PdfPage::default()],
            open: vec![Group { means: None, kids: Vec::new() }],
            numbers: 0,
            anchors: HashMap::new(),
            bookmarks: Vec::new(),
            marking: false,
        }
    }

    /// An empty page of the same size, to try how high something is.
    pub fn trial(&self) -> PageWriter<'f> {
        let mut trial = PageWriter::new(self.fonts, Paper::A4);
        (trial.width, trial.height, trial.y) = (self.width, self.height, TOP);
        trial
    }

    /// How much of the page is taken by what a [`PageWriter::trial`] was filled with; `None` where it took more than one.
    pub fn taken(&self) -> Option<f32> {
        (self.pages.len() == 1).then_some(self.y - TOP)
    }

    /// How wide what is printed may be.
    pub fn inner(&self) -> f32 {
        self.width - 2.0 * MARGIN
    }

    /// Where a page ends.
    pub fn bottom(&self) -> f32 {
        self.height - FOOT
    }

    /// How high a page is inside.
    pub fn room(&self) -> f32 {
        self.bottom() - TOP
    }

    /// Turns the page.
    pub fn turn(&mut self) {
        self.pages.push(PdfPage::default());
        self.y = TOP;
    }

    /// Turns the page where less than `height` is left. Says whether it did.
    pub fn ensure(&mut self, height: f32) -> bool {
        let turn = self.y + height > self.bottom() && self.y > TOP + 1.0;
        if turn {
            self.turn();
        }
        turn
    }

    /// Which page this is, from 1.
    pub fn number(&self) -> usize {
        self.pages.len()
    }

    fn page(&mut self) -> &mut PdfPage {
        if self.pages.is_empty() {
            self.pages.push(PdfPage::default());
        }
        let last = self.pages.len() - 1;
        &mut self.pages[last]
    }

    fn push(&mut self, op: Op) {
        self.page().ops.push(op);
    }

    fn kid(&mut self, kid: Kid) {
        if let Some(group) = self.open.last_mut() {
            group.kids.push(kid);
        }
    }

    /// What is drawn within means this.
    pub fn means(&mut self, means: StructureTag, draw: impl FnOnce(&mut Self)) {
        self.open.push(Group { means: Some(means), kids: Vec::new() });
        draw(self);
        if let Some(group) =
            self.open.pop().filter(|group| !group.kids.is_empty() || matches!(group.means, Some(StructureTag::Cell)))
        {
            self.kid(Kid::Group(group));
        }
    }

    /// Content: it must lie on one page. Within content, no other begins.
    pub fn content(&mut self, draw: impl FnOnce(&mut Self)) {
        if self.marking {
            return draw(self);
        }
        let number = self.numbers;
        self.numbers += 1;
        self.kid(Kid::Drawn(number));
        self.push(Op::Mark(number));
        self.marking = true;
        draw(self);
        self.marking = false;
        self.push(Op::End);
    }

    /// Lines and grounds, which mean nothing.
    pub fn decor(&mut self, draw: impl FnOnce(&mut Self)) {
        if self.marking {
            return draw(self);
        }
        self.push(Op::Decor(ArtifactType::Layout));
        self.marking = true;
        draw(self);
        self.marking = false;
        self.push(Op::End);
    }

    /// Content that leads to an anchor, where there is one by that name in the end. `rect` is left, top, width, height.
    pub fn link(&mut self, rect: [f32; 4], to: &str, says: &str, draw: impl FnOnce(&mut Self)) {
        if self.marking {
            return draw(self);
        }
        let number = self.numbers;
        self.numbers += 1;
        let link = PageLink { number, rect, to: to.to_owned(), says: says.to_owned() };
        self.page().links.push(link);
        self.open.push(Group { means: None, kids: vec![Kid::Link(number)] });
        self.content(draw);
        if let Some(group) = self.open.pop() {
            self.kid(Kid::Group(group));
        }
    }

    /// Links by this name lead here.
    pub fn anchor(&mut self, name: &str) {
        let at = (self.pages.len() - 1, self.y);
        self.anchors.entry(name.to_owned()).or_insert(at);
    }

    /// A line of the table of contents a reader shows.
    pub fn bookmark(&mut self, level: u8, text: &str) {
        let text = super::fonts::clean(text);
        let text = if text.trim().is_empty() { "–".to_owned() } else { text };
        self.bookmarks.push((level, text, self.pages.len() - 1, self.y));
    }

    /// Letters, from the left; `y` is where they stand.
    pub fn letters(&mut self, x: f32, y: f32, line: ShapedLine, colour: Color) {
        if !line.is_empty() {
            self.push(Op::Text(line, x, y, colour));
        }
    }

    /// A short text from the left, cut at `width`. Answers how wide it is.
    pub fn say(&mut self, x: f32, y: f32, text: &str, style: Style, colour: Color, width: f32) -> f32 {
        let line = self.fonts.fit(text, style, width);
        let wide = line.width;
        self.letters(x, y, line, colour);
        wide
    }

    /// A short text that ends at `right`.
    pub fn say_right(&mut self, right: f32, y: f32, text: &str, style: Style, colour: Color, width: f32) -> f32 {
        let line = self.fonts.fit(text, style, width);
        let wide = line.width;
        self.letters(right - wide, y, line, colour);
        wide
    }

    /// A short text around `middle`.
    pub fn say_middle(&mut self, middle: f32, y: f32, text: &str, style: Style, colour: Color, width: f32) -> f32 {
        let line = self.fonts.fit(text, style, width);
        let wide = line.width;
        self.letters(middle - wide / 2.0, y, line, colour);
        wide
    }

    /// A filled box with round corners.
    pub fn fill(&mut self, [x, y, w, h]: [f32; 4], radius: f32, colour: Color) {
        if let Some(path) = rounded(x, y, w, h, radius) {
            self.push(Op::Fill(path, colour));
        }
    }

    /// The edge of a box with round corners.
    pub fn edge(&mut self, [x, y, w, h]: [f32; 4], radius: f32, colour: Color) {
        if let Some(path) = rounded(x, y, w, h, radius) {
            self.push(Op::Stroke(path, colour, 0.6));
        }
    }

    /// A line through points.
    pub fn stroke(&mut self, points: &[(f32, f32)], thick: f32, colour: Color) {
        let mut builder = PathBuilder::new();
        for (at, (x, y)) in points.iter().enumerate() {
            if at == 0 { builder.move_to(*x, *y) } else { builder.line_to(*x, *y) }
        }
        if points.len() > 1
            && let Some(path) = builder.finish()
        {
            self.push(Op::Stroke(path, colour, thick));
        }
    }

    /// A line from left to right.
    pub fn rule(&mut self, x: f32, y: f32, w: f32, colour: Color) {
        self.stroke(&[(x, y), (x + w, y)], 0.6, colour);
    }

    /// Dots under a figure that opens its rows.
    pub fn dots(&mut self, x: f32, y: f32, w: f32) {
        let count = (w / 2.4).floor().clamp(0.0, 200.0) as usize;
        for n in 0..count {
            self.fill([x + n as f32 * 2.4, y, 0.9, 0.6], 0.0, ink::grey());
        }
    }

    /// A paragraph over the width given, from `self.y` on; it may run over pages. `leading` is in parts of the size.
    pub fn paragraph(&mut self, x: f32, width: f32, text: &str, style: Style, colour: Color, leading: f32) {
        let lines = self.fonts.wrap(text, style, width);
        let high = style.size * leading;
        let mut lines = lines.into_iter().peekable();
        while lines.peek().is_some() {
            self.ensure(high);
            let fits = ((self.bottom() - self.y) / high).floor().max(1.0) as usize;
            let some: Vec<ShapedLine> = lines.by_ref().take(fits).collect();
            self.content(|sheet| {
                for line in some {
                    sheet.y += high;
                    let y = sheet.y - high * 0.5 + style.size * 0.36;
                    sheet.letters(x, y, line, colour);
                }
            });
        }
    }

    /// A heading, kept together with `with` points of what follows it.
    pub fn heading(&mut self, level: u16, text: &str, with: f32) {
        let (size, above) = match level {
            1 => (22.0, 0.0),
            2 => (14.0, 14.0),
            _ => (10.0, 8.0),
        };
        let style = Style::big(size, Weight::Semibold);
        if !self.ensure(above + size * 1.4 + with) && self.y > TOP + 1.0 {
            self.y += above;
        }
        let (x, width) = (MARGIN, self.inner());
        let said = super::fonts::clean(text);
        self.means(StructureTag::Heading(level, if said.trim().is_empty() { "–".into() } else { said }), |sheet| {
            sheet.content(|sheet| {
                sheet.say(x, sheet.y + size, text, style, ink::text(), width);
            });
        });
        self.y += size * 1.4;
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// [`DocumentError::Made`] when what writes PDFs says no.
    pub fn write(mut self, about: &DocumentInfo, strict: bool) -> Result<Vec<u8>, DocumentError> {
        self.running(about);
        let configuration = if strict {
            ConfigurationBuilder::new()
                .with_archival_validator(Archival::A2_A)
                .with_accessibility_validator(Accessibility::UA1)
                .finish()
                .map_err(|_| DocumentError::Made("its kind of PDF is not known".into()))?
        } else {
            ConfigurationBuilder::new()
                .finish()
                .map_err(|_| DocumentError::Made("its kind of PDF is not known".into()))?
        };
        let mut document = Document::new_with(SerializeSettings {
            configuration,
            enable_tagging: true,
            ..SerializeSettings::default()
        });
        let mut drawn: Vec<Option<Identifier>> = vec![None; self.numbers];
        let pages = std::mem::take(&mut self.pages);
        for page in pages {
            let settings = PageSettings::from_wh(self.width, self.height)
                .ok_or_else(|| DocumentError::Made("its paper has no size".into()))?;
            let mut onto = document.start_page_with(settings);
            let mut surface = onto.surface();
            for op in page.ops {
                play(&mut surface, op, &mut drawn);
            }
            surface.finish();
            for link in page.links {
                let Some((index, y)) = self.anchors.get(&link.to).copied() else { continue };
                let [x, top, w, h] = link.rect;
                let Some(rect) = Rect::from_xywh(x, top, w.max(1.0), h.max(1.0)) else { continue };
                let to = XyzDestination::new(index, Point::from_xy(0.0, (y - 12.0).max(0.0)));
                let says = super::fonts::clean(&link.says);
                let annotation =
                    Annotation::new_link(LinkAnnotation::new(rect, Target::Destination(to.into())), Some(says));
                let id = onto.add_tagged_annotation(annotation);
                if let Some(slot) = drawn.get_mut(link.number) {
                    *slot = Some(id);
                }
            }
            onto.finish();
        }
        let mut tree = TagTree::new().with_lang(Some("en".into()));
        for group in std::mem::take(&mut self.open) {
            tree.children.extend(nodes(group, &drawn));
        }
        document.set_tag_tree(tree);
        document.set_outline(outline(&self.bookmarks));
        document.set_metadata(metadata(about));
        document.finish().map_err(|error| DocumentError::Made(format!("the writer of PDFs said {error:?}")))
    }

    /// What stands over and under every page.
    fn running(&mut self, about: &DocumentInfo) {
        let all = self.pages.len();
        let small = Style::of(7.5, Weight::Regular);
        let inner = self.inner();
        for number in 0..all {
            let mut ops = Vec::new();
            let mut put = |kind: ArtifactType, x: Option<f32>, y: f32, text: &str, width: f32| {
                let line = self.fonts.fit(text, small, width);
                let x = x.unwrap_or(self.width - MARGIN - line.width);
                if !line.is_empty() {
                    ops.extend([Op::Decor(kind), Op::Text(line, x, y, ink::text_3()), Op::End]);
                }
            };
            if number > 0 {
                put(ArtifactType::Header, Some(MARGIN), 32.0, &about.head_left, inner * 0.55);
                put(ArtifactType::Header, None, 32.0, &about.head_right, inner * 0.42);
            }
            let y = self.height - 24.0;
            put(ArtifactType::Footer, Some(MARGIN), y, &about.foot, inner * 0.8);
            put(ArtifactType::PageNumber, None, y, &format!("{} of {all}", number + 1), 80.0);
            if let Some(page) = self.pages.get_mut(number) {
                page.ops.extend(ops);
            }
        }
    }
}
