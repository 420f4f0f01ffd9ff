//! Colours of a PDF: the light ones of the window's tokens.

use krilla::color::rgb::Color;

macro_rules! inks {
    ($($(#[$doc:meta])* $name:ident $r:literal $g:literal $b:literal;)+) => {
        $($(#[$doc])* pub fn $name() -> Color { Color::new($r, $g, $b) })+
    };
}

inks! {
    /// Paper.
    white 0xff 0xff 0xff;
    /// Content.
    text 0x1a 0x1b 0x1f;
    /// Support.
    text_2 0x50 0x52 0x5a;
    /// Time and labels.
    text_3 0x65 0x67 0x70;
    /// Between things.
    line 0xe8 0xe8 0xe4;
    /// Around cards.
    line_strong 0xd5 0xd5 0xd0;
    /// Links, the caller's name.
    accent 0x2a 0x50 0xbb;
    /// The mark of Leadtrail, stages reached.
    accent_solid 0x2f 0x5b 0xd0;
    /// Better.
    good_text 0x17 0x66 0x3c;
    /// Booked, answered.
    good 0x1d 0x85 0x50;
    /// Caution.
    warn_text 0x7d 0x4b 0x07;
    /// Caution, drawn.
    warn 0xb9 0x6f 0x08;
    /// Worse.
    bad_text 0xac 0x25 0x1d;
    /// Missed, never.
    bad 0xcc 0x34 0x2b;
    /// Do not contact.
    bad_bg 0xfd 0xec 0xea;
    /// A bar.
    bar 0x6f 0x90 0xe2;
    /// A softer bar.
    bar_soft 0xc5 0xd3 0xf4;
    /// A bar that says little.
    bar_mute 0xd9 0xd9 0xd4;
    /// Behind a bar.
    track 0xf3 0xf3 0xf0;
    /// Grey between the two.
    grey 0x86 0x88 0x8f;
    /// From the lead.
    bubble_in 0xf1 0xf1 0xee;
    /// From the business.
    bubble_out 0xe4 0xeb 0xfb;
}

/// How warm: from 0 to 5, with the colour of letters on it.
pub fn heat(step: usize) -> (Color, Color) {
    match step {
        0 => (Color::new(0xf3, 0xf3, 0xf0), text_3()),
        1 => (Color::new(0xdf, 0xe7, 0xfa), text()),
        2 => (Color::new(0xb9, 0xca, 0xf3), text()),
        3 => (Color::new(0x86, 0xa3, 0xe8), Color::new(0x14, 0x20, 0x3f)),
        4 => (Color::new(0x44, 0x70, 0xd4), white()),
        _ => (Color::new(0x2a, 0x50, 0xbb), white()),
    }
}
