//! Where the letters of a PDF come from: Inter, which comes with the program, and for what Inter lacks a font of the system.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use harfrust::ShaperData;
use krilla::Data;
use krilla::text::Font;
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::DrawSettings;
use skrifa::outline::pen::ControlBoundsPen;
use skrifa::raw::TableProvider;
use skrifa::{FontRef, MetadataProvider, Tag};

use crate::documents::DocumentError;

/// How thick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the words explain themselves
pub enum Weight {
    Regular,
    Medium,
    Semibold,
}

/// A font. Its bytes are shared with the document.
pub(super) struct Face {
    pub(super) font: Font,
    data: Data,
    index: u32,
    pub(super) shaping: ShaperData,
}

impl Face {
    fn of(data: Data, index: u32) -> Option<Face> {
        let shaping = ShaperData::new(&FontRef::from_index(data.as_ref(), index).ok()?);
        Some(Face { font: Font::new(data.clone(), index)?, data, index, shaping })
    }

    pub(super) fn read(&self) -> Option<FontRef<'_>> {
        FontRef::from_index(self.data.as_ref(), self.index).ok()
    }
}

/// A font that was found for a letter, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FontChoice {
    Inter,
    System(usize),
    Nowhere,
}

/// Where letters come from.
pub(super) struct Faces {
    own: [Face; 3],
    system: OnceCell<fontdb::Database>,
    /// Fonts of the system that were of use.
    pub(super) others: RefCell<Vec<(fontdb::ID, Face)>>,
    /// Of letters that came already.
    found: RefCell<HashMap<char, FontChoice>>,
    /// Whether fonts of the system may be looked for.
    look: bool,
}

const REGULAR: &[u8] = include_bytes!("../fonts/Inter-Regular.ttf");
const MEDIUM: &[u8] = include_bytes!("../fonts/Inter-Medium.ttf");
const SEMIBOLD: &[u8] = include_bytes!("../fonts/Inter-SemiBold.ttf");

impl Faces {
    /// Inter, and where `look` says so the system's fonts behind it.
    pub(super) fn new(look: bool) -> Result<Faces, DocumentError> {
        let own = |bytes: &'static [u8]| Face::of(bytes.into(), 0);
        match (own(REGULAR), own(MEDIUM), own(SEMIBOLD)) {
            (Some(regular), Some(medium), Some(semibold)) => Ok(Faces {
                own: [regular, medium, semibold],
                system: OnceCell::new(),
                others: RefCell::default(),
                found: RefCell::default(),
                look,
            }),
            _ => Err(DocumentError::Made("its letters could not be read".into())),
        }
    }

    pub(super) fn own(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.own[0],
            Weight::Medium => &self.own[1],
            Weight::Semibold => &self.own[2],
        }
    }

    /// Where a letter comes from.
    pub(super) fn home(&self, letter: char) -> FontChoice {
        if let Some(known) = self.found.borrow().get(&letter) {
            return *known;
        }
        let is_own = self.own[0].read().is_some_and(|font| glyph(&font, letter).is_some());
        let found = if is_own {
            FontChoice::Inter
        } else {
            self.search(letter).map_or(FontChoice::Nowhere, FontChoice::System)
        };
        self.found.borrow_mut().insert(letter, found);
        found
    }

    /// The first font of the system that draws the letter: those that were of use already come first.
    fn search(&self, letter: char) -> Option<usize> {
        if !self.look {
            return None;
        }
        let has = |(_, face): &(_, Face)| face.read().is_some_and(|font| draws(&font, letter));
        let known = self.others.borrow().iter().position(has);
        if known.is_some() {
            return known;
        }
        let system = self.system.get_or_init(|| {
            let mut system = fontdb::Database::new();
            system.load_system_fonts();
            system
        });
        let plain = |face: &&fontdb::FaceInfo| {
            face.style == fontdb::Style::Normal && (300..=500).contains(&face.weight.0) && !face.monospaced
        };
        for face in system.faces().filter(plain) {
            if self.others.borrow().iter().any(|(id, _)| *id == face.id) {
                continue;
            }
            let data = system.with_face_data(face.id, |data, index| {
                let font = FontRef::from_index(data, index).ok()?;
                draws(&font, letter).then(|| (data.to_vec(), index))
            });
            let Some(Some((data, index))) = data else { continue };
            let Some(found) = Face::of(data.into(), index) else { continue };
            let mut others = self.others.borrow_mut();
            others.push((face.id, found));
            return Some(others.len() - 1);
        }
        None
    }
}

/// A letter's picture, where the font has one.
pub(super) fn glyph(font: &FontRef<'_>, letter: char) -> Option<skrifa::GlyphId> {
    font.charmap().map(letter).filter(|glyph| glyph.to_u32() != 0)
}

/// Whether a font draws a letter by outlines: pictures and letters in colour are not embedded.
fn draws(font: &FontRef<'_>, letter: char) -> bool {
    let is_in_colour = [b"COLR", b"sbix", b"SVG "].iter().any(|tag| font.table_data(Tag::new(tag)).is_some());
    // OpenType's fsType: of bits 1 to 3 the one that allows most counts, and bit 1 alone forbids to embed it.
    let is_restricted = font.os2().is_ok_and(|os2| os2.fs_type() & 0b1110 == 0b0010);
    if is_in_colour || is_restricted {
        return false;
    }
    let outline = glyph(font, letter).and_then(|glyph| font.outline_glyphs().get(glyph));
    outline.is_some_and(|outline| {
        let mut pen = ControlBoundsPen::new();
        let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
        outline.draw(settings, &mut pen).is_ok() && pen.bounding_box().is_some()
    })
}
