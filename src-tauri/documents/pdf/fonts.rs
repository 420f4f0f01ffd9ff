//! Text of a PDF as lines of letters. What no font has becomes a visible box that still says what it stands for when it is
//! copied or read aloud.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use harfrust::{Direction, Feature, ShapeOptions, UnicodeBuffer};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::{MetadataProvider, Tag};
use unicode_normalization::UnicodeNormalization;

pub use super::faces::Weight;
use super::faces::{Face, Faces, FontChoice, glyph};
use crate::documents::DocumentError;

/// How letters look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Points.
    pub size: f32,
    /// How thick.
    pub weight: Weight,
    /// Every digit is as wide as another.
    pub tabular: bool,
    /// What is added between letters, in parts of the size.
    pub tracking: f32,
}

impl Style {
    /// Plain text of a size, with tabular digits.
    pub const fn of(size: f32, weight: Weight) -> Style {
        Style { size, weight, tabular: true, tracking: 0.0 }
    }

    /// A lone big figure or a heading: proportional digits, closer together.
    pub const fn big(size: f32, weight: Weight) -> Style {
        Style { size, weight, tabular: false, tracking: -0.018 }
    }
}

/// Letters of one font.
#[derive(Debug, Clone)]
pub(super) struct GlyphRun {
    pub font: Font,
    pub glyphs: Vec<KrillaGlyph>,
    pub text: String,
    pub width: f32,
}

/// A line of letters, in the order they are seen.
#[derive(Debug, Clone)]
pub struct ShapedLine {
    pub(super) runs: Vec<GlyphRun>,
    pub(super) size: f32,
    /// Points.
    pub width: f32,
}

impl ShapedLine {
    /// The same in another size.
    fn at(&self, size: f32) -> ShapedLine {
        let by = size / self.size;
        let sized = |run: &GlyphRun| GlyphRun { width: run.width * by, ..run.clone() };
        ShapedLine { runs: self.runs.iter().map(sized).collect(), size, width: self.width * by }
    }

    /// Nothing to see.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

/// Weight, tabular digits, and tracking as bits.
type FontStyle = (Weight, bool, u32);

/// Makes lines of texts.
pub struct Fonts {
    faces: Faces,
    /// Short lines by how they look, at one point's size.
    known: RefCell<HashMap<FontStyle, HashMap<String, ShapedLine>>>,
}

/// What stands for a letter that no font has.
const BOX: char = '□';
/// Texts of at most so many bytes are shaped once.
const KEPT: usize = 48;
/// Longer texts are cut: nobody prints more.
const LONGEST: usize = 60_000;

impl Fonts {
    /// Inter, and the system's fonts behind it.
    ///
    /// # Errors
    /// [`DocumentError::Made`] when the fonts in the program cannot be read.
    pub fn new() -> Result<Fonts, DocumentError> {
        Fonts::with(true)
    }

    /// Inter alone, when `look` is false.
    ///
    /// # Errors
    /// As [`Fonts::new`].
    pub fn with(look: bool) -> Result<Fonts, DocumentError> {
        Ok(Fonts { faces: Faces::new(look)?, known: RefCell::default() })
    }

    /// Makes a line of a text. What cannot be seen is left out, and what breaks lines becomes a space.
    pub fn line(&self, text: &str, style: Style) -> ShapedLine {
        self.shape(&clean(text), style)
    }

    /// As [`Fonts::line`], cut with `…` where it would be wider than `width` points.
    pub fn fit(&self, text: &str, style: Style, width: f32) -> ShapedLine {
        let text = clean(text);
        // More letters than the narrowest would need to fill it.
        let most = (width.max(0.0) / (style.size * 0.15)) as usize + 8;
        let short: String = text.chars().take(most).collect();
        let line = self.shape(&short, style);
        if line.width <= width && short.len() == text.len() {
            return line;
        }
        let room = width - self.shape("…", style).width;
        let mut end = 0;
        for (at, upto) in self.widths(&short, style) {
            if upto > room {
                break;
            }
            end = at;
        }
        let cut = format!("{}…", short.get(..end).unwrap_or_default().trim_end());
        let line = self.shape(&cut, style);
        if line.width <= width { line } else { ShapedLine { runs: Vec::new(), size: style.size, width: 0.0 } }
    }

    /// Breaks a text into lines of at most `width` points: at spaces, after hyphens and slashes, between letters where
    /// a word alone is too wide. Line breaks of the text are kept.
    pub fn wrap(&self, text: &str, style: Style, width: f32) -> Vec<ShapedLine> {
        let text: String = text.chars().take(LONGEST).collect();
        let mut lines = Vec::new();
        for part in text.split('\n') {
            let part = clean(part.trim_end_matches('\r'));
            for range in self.breaks(&part, style, width) {
                lines.push(self.shape(part.get(range).unwrap_or_default().trim_end(), style));
            }
        }
        lines
    }

    /// As [`Fonts::wrap`], of one paragraph that is clean already, with where in it each line lies.
    pub(super) fn lines_of(&self, text: &str, style: Style, width: f32) -> Vec<(Range<usize>, ShapedLine)> {
        let lines = self.breaks(text, style, width).into_iter();
        lines.map(|range| (range.clone(), self.shape(text.get(range).unwrap_or_default().trim_end(), style))).collect()
    }

    fn breaks(&self, text: &str, style: Style, width: f32) -> Vec<Range<usize>> {
        let widths = self.widths(text, style);
        let mut lines = Vec::new();
        let (mut start, mut start_width) = (0, 0.0);
        // Where the line may end, and how wide all is up to there.
        let mut may: Option<(usize, f32)> = None;
        let mut before = (0, 0.0);
        for (end, upto) in widths {
            let letter = text.get(before.0..end).and_then(|cluster| cluster.chars().next_back());
            let is_space = letter == Some(' ');
            if upto - start_width > width && !is_space && before.0 > start {
                let (at, at_width) = may.filter(|(at, _)| *at > start).unwrap_or(before);
                lines.push(start..at);
                (start, start_width) = (at, at_width);
                may = None;
            }
            if letter.is_some_and(|letter| {
                matches!(letter, ' ' | '-' | '/' | '–' | '—' | '_' | '@' | '&' | '?') || is_wide(letter)
            }) {
                may = Some((end, upto));
            }
            before = (end, upto);
        }
        lines.push(start..text.len());
        lines
    }

    /// How wide the text is up to the end of each cluster, in logical order.
    fn widths(&self, text: &str, style: Style) -> Vec<(usize, f32)> {
        let line = self.shape(text, style);
        let mut by_end: Vec<(usize, f32)> = Vec::new();
        let mut offset = 0;
        // Runs are in the order they are seen; their texts are only pieces of the whole, so clusters are found again
        // by walking the logical order where all goes one way, which is all but always.
        for run in &line.runs {
            for glyph in &run.glyphs {
                by_end.push((offset + glyph.text_range.end, glyph.x_advance * style.size));
            }
            offset += run.text.len();
        }
        by_end.sort_by_key(|(end, _)| *end);
        let mut sum = 0.0;
        let mut widths: Vec<(usize, f32)> = Vec::with_capacity(by_end.len());
        for (end, width) in by_end {
            sum += width;
            let end = (end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
            match widths.last_mut() {
                Some(last) if last.0 == end => last.1 = sum,
                _ => widths.push((end, sum)),
            }
        }
        widths
    }

    /// Letters of a text that is clean. Short ones come again and again, so they are kept, at one point's size.
    fn shape(&self, text: &str, style: Style) -> ShapedLine {
        if text.len() > KEPT {
            return self.shaped(text, style);
        }
        let looks = (style.weight, style.tabular, style.tracking.to_bits());
        if let Some(line) = self.known.borrow().get(&looks).and_then(|lines| lines.get(text)) {
            return line.at(style.size);
        }
        let line = self.shaped(text, Style { size: 1.0, ..style });
        let sized = line.at(style.size);
        self.known.borrow_mut().entry(looks).or_default().insert(text.to_owned(), line);
        sized
    }

    fn shaped(&self, text: &str, style: Style) -> ShapedLine {
        let mut runs = Vec::new();
        if is_one_way(text) {
            self.directed(text, false, style, &mut runs);
        } else {
            let bidi = unicode_bidi::BidiInfo::new(text, None);
            for paragraph in &bidi.paragraphs {
                let (levels, ranges) = bidi.visual_runs(paragraph, paragraph.range.clone());
                for range in ranges {
                    let backwards = levels.get(range.start).is_some_and(unicode_bidi::Level::is_rtl);
                    self.directed(text.get(range).unwrap_or_default(), backwards, style, &mut runs);
                }
            }
        }
        let width = runs.iter().map(|run: &GlyphRun| run.width).sum();
        ShapedLine { runs, size: style.size, width }
    }

    /// Letters that go one way, piece by piece of the same font.
    fn directed(&self, text: &str, backwards: bool, style: Style, into: &mut Vec<GlyphRun>) {
        let mut pieces: Vec<(Range<usize>, FontChoice)> = Vec::new();
        for (at, letter) in text.char_indices() {
            let end = at + letter.len_utf8();
            let mut home = self.faces.home(letter);
            if let Some((range, last)) = pieces.last_mut() {
                if letter == ' ' && *last != FontChoice::Nowhere {
                    home = *last;
                }
                if *last == home {
                    range.end = end;
                    continue;
                }
            }
            pieces.push((at..end, home));
        }
        if backwards {
            pieces.reverse();
        }
        for (range, home) in pieces {
            let piece = text.get(range).unwrap_or_default();
            let own = self.faces.own(style.weight);
            let others = self.faces.others.borrow();
            let face = match home {
                FontChoice::Inter => Some(own),
                FontChoice::System(index) => others.get(index).map(|(_, face)| face),
                FontChoice::Nowhere => None,
            };
            let shaped = face.and_then(|face| Some((face.font.clone(), glyphs(face, piece, backwards, style)?)));
            let seen = |glyphs: &[KrillaGlyph]| glyphs.iter().all(|glyph| glyph.glyph_id.to_u32() != 0);
            let (font, glyphs) =
                shaped.filter(|(_, glyphs)| seen(glyphs)).unwrap_or_else(|| (own.font.clone(), boxes(own, piece)));
            let width = glyphs.iter().map(|glyph| glyph.x_advance * style.size).sum();
            into.push(GlyphRun { font, glyphs, text: piece.to_owned(), width });
        }
    }
}

fn glyphs(face: &Face, text: &str, backwards: bool, style: Style) -> Option<Vec<KrillaGlyph>> {
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    buffer.set_direction(if backwards { Direction::RightToLeft } else { Direction::LeftToRight });
    let digits = [Feature::new(Tag::new(b"tnum"), u32::from(style.tabular), ..)];
    let shaper = face.shaping.shaper(&face.read()?).build();
    let shaped = shaper.shape(buffer, ShapeOptions::new().features(&digits));
    let em = shaper.units_per_em().max(1) as f32;
    let mut starts: Vec<usize> = shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
    starts.sort_unstable();
    starts.dedup();
    let end_of = |start: usize| starts.iter().find(|next| **next > start).copied().unwrap_or(text.len());
    let ends: HashMap<usize, usize> = if starts.len() > 64 {
        starts.iter().copied().zip(starts.iter().skip(1).copied().chain([text.len()])).collect()
    } else {
        HashMap::new()
    };
    let placed = shaped.glyph_infos().iter().zip(shaped.glyph_positions());
    let glyphs = placed.map(|(info, position)| {
        let start = info.cluster as usize;
        let end = ends.get(&start).copied().unwrap_or_else(|| end_of(start));
        KrillaGlyph::new(
            GlyphId::new(info.glyph_id),
            position.x_advance as f32 / em + style.tracking,
            position.x_offset as f32 / em,
            position.y_offset as f32 / em,
            position.y_advance as f32 / em,
            start..end,
            None,
        )
    });
    Some(glyphs.collect())
}

fn boxes(own: &Face, text: &str) -> Vec<KrillaGlyph> {
    let font = own.read();
    let glyph = font.as_ref().and_then(|font| glyph(font, BOX)).unwrap_or_default();
    let metrics = font.as_ref().map(|font| font.glyph_metrics(Size::new(1.0), LocationRef::default()));
    let advance = metrics.and_then(|metrics| metrics.advance_width(glyph)).unwrap_or(0.5);
    text.char_indices()
        .map(|(at, letter)| {
            let range = at..at + letter.len_utf8();
            KrillaGlyph::new(GlyphId::new(glyph.to_u32()), advance, 0.0, 0.0, 0.0, range, None)
        })
        .collect()
}

/// Letters that are read from right to left are not in it.
fn is_one_way(text: &str) -> bool {
    !text.chars().any(|letter| {
        matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    })
}

/// Lines may break behind letters of scripts that write without spaces.
fn is_wide(letter: char) -> bool {
    matches!(letter, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}')
}

/// What a PDF may say: no control characters, nothing that turns the direction of others, nothing that only has a
/// meaning by agreement.
pub(super) fn clean(text: &str) -> String {
    text.nfc()
        .filter_map(|letter| match letter {
            '\u{9}'..='\u{d}'
            | '\u{85}'
            | '\u{a0}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{3000}'
            | '\u{2000}'..='\u{200a}'
            | '\u{202f}'
            | '\u{205f}' => Some(' '),
            '\u{0}'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}' => None,
            '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{f0000}'..='\u{10ffff}' => Some('\u{fffd}'),
            other if (other as u32) & 0xfffe == 0xfffe => Some('\u{fffd}'),
            other => Some(other),
        })
        .collect()
}
