//! What is drawn on a page, one after the other.

use krilla::color::rgb::Color;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, LineCap, LineJoin, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag};

use super::fonts::ShapedLine;

/// Something that is drawn, or says what is drawn next.
pub(super) enum Op {
    /// What follows is the content of that number.
    Mark(usize),
    /// What follows means nothing.
    Decor(ArtifactType),
    End,
    Fill(Path, Color),
    Stroke(Path, Color, f32),
    Text(ShapedLine, f32, f32, Color),
}

/// Content that leads to an anchor.
pub(super) struct PageLink {
    pub(super) number: usize,
    pub(super) rect: [f32; 4],
    pub(super) to: String,
    pub(super) says: String,
}

#[derive(Default)]
pub(super) struct PdfPage {
    pub(super) ops: Vec<Op>,
    pub(super) links: Vec<PageLink>,
}

/// A box with round corners.
pub(super) fn rounded(x: f32, y: f32, w: f32, h: f32, radius: f32) -> Option<Path> {
    let mut builder = PathBuilder::new();
    let r = radius.min(w / 2.0).min(h / 2.0);
    if r <= 0.05 {
        builder.push_rect(Rect::from_xywh(x, y, w, h)?);
        return builder.finish();
    }
    // How far the handles of a quarter of a circle reach.
    let k = r * 0.552;
    let (right, bottom) = (x + w, y + h);
    builder.move_to(x + r, y);
    builder.line_to(right - r, y);
    builder.cubic_to(right - r + k, y, right, y + r - k, right, y + r);
    builder.line_to(right, bottom - r);
    builder.cubic_to(right, bottom - r + k, right - r + k, bottom, right - r, bottom);
    builder.line_to(x + r, bottom);
    builder.cubic_to(x + r - k, bottom, x, bottom - r + k, x, bottom - r);
    builder.line_to(x, y + r);
    builder.cubic_to(x, y + r - k, x + r - k, y, x + r, y);
    builder.close();
    builder.finish()
}

fn fill_of(colour: Color) -> Fill {
    Fill { paint: colour.into(), opacity: NormalizedF32::ONE, ..Fill::default() }
}

/// Draws it; what is drawn is known by its number after.
pub(super) fn play(surface: &mut Surface<'_>, op: Op, drawn: &mut [Option<Identifier>]) {
    match op {
        Op::Mark(number) => {
            let id = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
            if let Some(slot) = drawn.get_mut(number) {
                *slot = Some(id);
            }
        }
        Op::Decor(kind) => {
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
        }
        Op::End => surface.end_tagged(),
        Op::Fill(path, colour) => {
            surface.set_stroke(None);
            surface.set_fill(Some(fill_of(colour)));
            surface.draw_path(&path);
        }
        Op::Stroke(path, colour, width) => {
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke {
                paint: colour.into(),
                width,
                line_cap: LineCap::Round,
                line_join: LineJoin::Round,
                ..Stroke::default()
            }));
            surface.draw_path(&path);
        }
        Op::Text(line, x, y, colour) => {
            surface.set_stroke(None);
            surface.set_fill(Some(fill_of(colour)));
            let mut x = x;
            for run in line.runs {
                surface.draw_glyphs(Point::from_xy(x, y), &run.glyphs, run.font, &run.text, line.size, false);
                x += run.width;
            }
        }
    }
}
