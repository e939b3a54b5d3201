//! A logo: a PNG file becomes the samples that a PDF holds, colours and transparency apart.

use std::io::Cursor;

use pdf_writer::{Chunk, Filter, Finish, Ref};
use png::{BitDepth, ColorType, Decoder, Limits, Transformations};

use super::file::compressed;
use crate::{DocumentError, MAX_LOGO_PIXELS};

const FIELD: &str = "style.logo";
/// Memory that reading a logo may take: its pixels with four channels, and as much again for the work.
const MAX_MEMORY: usize = MAX_LOGO_PIXELS * 8;

/// A picture that was read.
pub(crate) struct Logo {
    /// In pixels.
    pub(crate) width: u32,
    /// In pixels.
    pub(crate) height: u32,
    in_colour: bool,
    /// The samples of all pixels, compressed.
    colours: Vec<u8>,
    /// How opaque each pixel is, where not all are; compressed.
    opacity: Option<Vec<u8>>,
}

impl Logo {
    /// Reads a PNG file.
    ///
    /// # Errors
    /// [`DocumentError::Invalid`] when it is none, [`DocumentError::TooLarge`] when it has too many pixels.
    pub(crate) fn decode(file: &[u8]) -> Result<Self, DocumentError> {
        let refuse = |error: png::DecodingError| {
            DocumentError::invalid(FIELD, format!("must be a PNG picture: {error}"))
        };
        let mut decoder = Decoder::new_with_limits(Cursor::new(file), Limits { bytes: MAX_MEMORY });
        decoder.set_transformations(Transformations::normalize_to_color8());
        let info = decoder.read_header_info().map_err(refuse)?;
        let (width, height) = (info.width, info.height);
        let pixels = usize::try_from(u64::from(width) * u64::from(height)).unwrap_or(usize::MAX);
        crate::limits::bounded(FIELD, pixels, MAX_LOGO_PIXELS)?;
        let mut reader = decoder.read_info().map_err(refuse)?;
        let size = reader.output_buffer_size().filter(|size| *size <= MAX_MEMORY);
        let size = size.ok_or_else(|| DocumentError::invalid(FIELD, "must be a smaller picture"))?;
        let mut samples = vec![0; size];
        let frame = reader.next_frame(&mut samples).map_err(refuse)?;
        samples.truncate(frame.buffer_size());
        if frame.bit_depth != BitDepth::Eight {
            return Err(DocumentError::invalid(FIELD, "must have channels of at most 8 bits"));
        }
        let (channels, with_opacity) = match frame.color_type {
            ColorType::Grayscale => (1, false),
            ColorType::GrayscaleAlpha => (2, true),
            ColorType::Rgb => (3, false),
            ColorType::Rgba => (4, true),
            ColorType::Indexed => {
                return Err(DocumentError::invalid(FIELD, "must have a palette of colours"));
            }
        };
        let in_colour = channels > 2;
        if !with_opacity {
            let colours = compressed(&samples);
            return Ok(Self { width, height, in_colour, colours, opacity: None });
        }
        let mut colours = Vec::with_capacity(samples.len());
        let mut opacity = Vec::with_capacity(pixels);
        for pixel in samples.chunks_exact(channels) {
            if let Some((last, first)) = pixel.split_last() {
                colours.extend(first);
                opacity.push(*last);
            }
        }
        let opacity = Some(compressed(&opacity));
        Ok(Self { width, height, in_colour, colours: compressed(&colours), opacity })
    }

    /// Writes the picture as `image`, its transparency as `mask`.
    pub(super) fn write(&self, chunk: &mut Chunk, image: Ref, mask: Ref) {
        let mut writer = chunk.image_xobject(image, &self.colours);
        self.describe(&mut writer, self.in_colour);
        if self.opacity.is_some() {
            writer.s_mask(mask);
        }
        writer.finish();
        if let Some(opacity) = &self.opacity {
            let mut writer = chunk.image_xobject(mask, opacity);
            self.describe(&mut writer, false);
        }
    }

    fn describe(&self, writer: &mut pdf_writer::writers::ImageXObject<'_>, in_colour: bool) {
        writer.filter(Filter::FlateDecode);
        writer.width(i32::try_from(self.width).unwrap_or(i32::MAX));
        writer.height(i32::try_from(self.height).unwrap_or(i32::MAX));
        writer.bits_per_component(8);
        let space = writer.color_space();
        if in_colour {
            space.device_rgb();
        } else {
            space.device_gray();
        }
    }
}
