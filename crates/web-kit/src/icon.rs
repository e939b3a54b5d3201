//! The icon set: simple strokes on a 24 grid, drawn for Talea, inline so that they take the colour of the words beside
//! them. An icon is decoration; the word next to it carries the meaning. Must not know: pages.

use crate::markup::Markup;

/// The icons. Turns into [`Markup`]; hidden from screen readers.
#[rustfmt::skip]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each name says what it shows")]
pub enum Icon {
    Home, Customers, Catalogue, Network, Money, Provisioning, Imports, Reports, Settings,
    Search, User, Bell, Sun, Moon, Tv, Wifi, Phone, Film, Card, Invoice,
    Alert, Check, Clock, Play, Stop, Download, Upload, Plus, Edit, Lock,
    Arrow, ArrowLeft, Chevron, Up, Down, Sort, Close, Copy, Help, Usage,
    Shop, SignOut, Menu, Filter, Columns, Refresh, External, Gift, Device, Info,
    Pause, Trash, Note, Mail, Globe, Calendar, Link, Eye,
}

impl Icon {
    #[rustfmt::skip]
    /// Every icon, for the gallery.
    pub const ALL: [Self; 58] = [
        Self::Home, Self::Customers, Self::Catalogue, Self::Network, Self::Money, Self::Provisioning,
        Self::Imports, Self::Reports, Self::Settings, Self::Search, Self::User, Self::Bell, Self::Sun,
        Self::Moon, Self::Tv, Self::Wifi, Self::Phone, Self::Film, Self::Card, Self::Invoice, Self::Alert,
        Self::Check, Self::Clock, Self::Play, Self::Stop, Self::Download, Self::Upload, Self::Plus, Self::Edit,
        Self::Lock, Self::Arrow, Self::ArrowLeft, Self::Chevron, Self::Up, Self::Down, Self::Sort, Self::Close,
        Self::Copy, Self::Help, Self::Usage, Self::Shop, Self::SignOut, Self::Menu, Self::Filter, Self::Columns,
        Self::Refresh, Self::External, Self::Gift, Self::Device, Self::Info, Self::Pause, Self::Trash, Self::Note,
        Self::Mail, Self::Globe, Self::Calendar, Self::Link, Self::Eye,
    ];

    #[rustfmt::skip]
    fn strokes(self) -> &'static str {
        match self {
            Self::Home => "<path d='M4 11 12 4l8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z'/>",
            Self::Customers => "<circle cx='9' cy='8' r='3.5'/><path d='M2.5 20c.4-3.9 3-6 6.5-6s6.1 2.1 6.5 6M16 4.8a3.5 3.5 0 0 1 0 6.4M17.8 14.4c2.2.8 3.5 2.7 3.7 5.6'/>",
            Self::Catalogue => "<path d='M4 5.5h6.5A1.5 1.5 0 0 1 12 7v13a2 2 0 0 0-2-2H4zM20 5.5h-6.5A1.5 1.5 0 0 0 12 7v13a2 2 0 0 1 2-2h6z'/>",
            Self::Network => "<circle cx='12' cy='5' r='2.2'/><circle cx='5' cy='18.5' r='2.2'/><circle cx='19' cy='18.5' r='2.2'/><path d='M12 7.2V12M12 12l-5.6 4.7M12 12l5.6 4.7'/>",
            Self::Money => "<rect x='3' y='6' width='18' height='12' rx='2'/><circle cx='12' cy='12' r='2.5'/><path d='M6.3 12h.01M17.7 12h.01'/>",
            Self::Provisioning => "<path d='M4 8h11m0 0-3-3m3 3-3 3M20 16H9m0 0 3-3m-3 3 3 3'/>",
            Self::Imports => "<path d='M12 4v10m0 0-4-4m4 4 4-4M4 16v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3'/>",
            Self::Reports => "<path d='M4 4v16h16M8.5 16v-4M13 16V8M17.5 16v-6'/>",
            Self::Settings => "<path d='M4 7h9M17 7h3M4 17h3M11 17h9'/><circle cx='15' cy='7' r='2'/><circle cx='9' cy='17' r='2'/>",
            Self::Search => "<circle cx='10.5' cy='10.5' r='6'/><path d='m15 15 5 5'/>",
            Self::User => "<circle cx='12' cy='8' r='4'/><path d='M4.5 20.5c.5-4.2 3.5-6.5 7.5-6.5s7 2.3 7.5 6.5'/>",
            Self::Bell => "<path d='M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4'/>",
            Self::Sun => "<circle cx='12' cy='12' r='4'/><path d='M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1'/>",
            Self::Moon => "<path d='M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z'/>",
            Self::Tv => "<rect x='3' y='5' width='18' height='12' rx='2'/><path d='M8.5 20.5h7'/>",
            Self::Wifi => "<path d='M3.5 9.5a12 12 0 0 1 17 0M6.5 13a7.8 7.8 0 0 1 11 0M9.5 16.3a3.6 3.6 0 0 1 5 0'/><circle cx='12' cy='19' r='.6'/>",
            Self::Phone => "<path d='M6.5 4h3l1.5 4-2 1.5a11 11 0 0 0 5.5 5.5l1.5-2 4 1.5v3a2 2 0 0 1-2.2 2A16.5 16.5 0 0 1 4.5 6.2 2 2 0 0 1 6.5 4z'/>",
            Self::Film => "<rect x='3.5' y='5' width='17' height='14' rx='2'/><path d='M8 5v14M16 5v14M3.5 9.5H8M3.5 14.5H8M16 9.5h4.5M16 14.5h4.5'/>",
            Self::Card => "<rect x='3' y='5.5' width='18' height='13' rx='2'/><path d='M3 10h18M7 14.5h3'/>",
            Self::Invoice => "<path d='M6 3.5h12v17l-2-1.4-2 1.4-2-1.4-2 1.4-2-1.4-2 1.4zM9.5 8.5h5M9.5 12.5h5'/>",
            Self::Alert => "<path d='M12 4 2.8 19.5h18.4zM12 10v4.5'/><circle cx='12' cy='17' r='.5'/>",
            Self::Check => "<path d='m5 12.5 4.5 4.5L19 7.5'/>",
            Self::Clock => "<circle cx='12' cy='12' r='8.5'/><path d='M12 7v5l3.5 2'/>",
            Self::Play => "<path d='M7 5v14l11.5-7z'/>",
            Self::Stop => "<rect x='6' y='6' width='12' height='12' rx='1.5'/>",
            Self::Download => "<path d='M12 4v11m0 0-4.5-4.5M12 15l4.5-4.5M5 20h14'/>",
            Self::Upload => "<path d='M12 15V4m0 0L7.5 8.5M12 4l4.5 4.5M5 20h14'/>",
            Self::Plus => "<path d='M12 5v14M5 12h14'/>",
            Self::Edit => "<path d='M4 20h4L19 9l-4-4L4 16zM13 7l4 4'/>",
            Self::Lock => "<rect x='5' y='10.5' width='14' height='10' rx='2'/><path d='M8 10.5V8a4 4 0 0 1 8 0v2.5'/>",
            Self::Arrow => "<path d='M5 12h14m0 0-5.5-5.5M19 12l-5.5 5.5'/>",
            Self::ArrowLeft => "<path d='M19 12H5m0 0 5.5-5.5M5 12l5.5 5.5'/>",
            Self::Chevron => "<path d='m9 6 6 6-6 6'/>",
            Self::Up => "<path d='m6 14.5 6-6 6 6'/>",
            Self::Down => "<path d='m6 9.5 6 6 6-6'/>",
            Self::Sort => "<path d='m8 9.5 4-4 4 4M8 14.5l4 4 4-4'/>",
            Self::Close => "<path d='m6 6 12 12M18 6 6 18'/>",
            Self::Copy => "<rect x='8.5' y='8.5' width='11' height='11' rx='2'/><path d='M15.5 5.5a1 1 0 0 0-1-1h-9a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1'/>",
            Self::Help => "<circle cx='12' cy='12' r='8.5'/><path d='M9.5 9.5a2.5 2.5 0 1 1 3.7 2.2c-.8.4-1.2.9-1.2 1.8'/><circle cx='12' cy='16.5' r='.5'/>",
            Self::Usage => "<path d='M4 17a8.5 8.5 0 1 1 16 0M12 15l4-5.5'/><circle cx='12' cy='15' r='1'/>",
            Self::Shop => "<path d='M5 8.5h14l1 11.5H4zM8.5 11V7a3.5 3.5 0 0 1 7 0v4'/>",
            Self::SignOut => "<path d='M14 4.5H6a1 1 0 0 0-1 1v13a1 1 0 0 0 1 1h8M10 12h10.5m0 0L17 8.5m3.5 3.5L17 15.5'/>",
            Self::Menu => "<path d='M4 7h16M4 12h16M4 17h16'/>",
            Self::Filter => "<path d='M4 6h16M7 12h10M10 18h4'/>",
            Self::Columns => "<rect x='4' y='5' width='16' height='14' rx='2'/><path d='M9.5 5v14M14.5 5v14'/>",
            Self::Refresh => "<path d='M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4v5h-5'/>",
            Self::External => "<path d='M13.5 4.5h6v6M19 5l-8 8M17 14v4.5a1 1 0 0 1-1 1H5.5a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1H10'/>",
            Self::Gift => "<rect x='4' y='9' width='16' height='11' rx='1.5'/><path d='M4 13.5h16M12 9v11M12 9C9 9 7.5 7.5 8 6s3-1.5 4 3c1-4.5 3.5-4.5 4-3s-1 3-4 3z'/>",
            Self::Device => "<rect x='3.5' y='12' width='17' height='7' rx='2'/><path d='M7 15.5h.01M10.5 15.5h.01M16 12V5M12.8 7.5a4 4 0 0 1 6.4 0'/>",
            Self::Info => "<circle cx='12' cy='12' r='8.5'/><path d='M12 11.5v5'/><circle cx='12' cy='8' r='.5'/>",
            Self::Pause => "<path d='M8.5 5.5v13M15.5 5.5v13'/>",
            Self::Trash => "<path d='M4.5 7h15M9 7V4.5h6V7M6.5 7l1 13h9l1-13M10.5 11v5M13.5 11v5'/>",
            Self::Note => "<path d='M5 4.5h14v10l-5 5H5zM14 19.5v-5h5M8.5 9h7M8.5 12.5h4'/>",
            Self::Mail => "<rect x='3' y='5.5' width='18' height='13' rx='2'/><path d='m3.5 7.5 8.5 6 8.5-6'/>",
            Self::Globe => "<circle cx='12' cy='12' r='8.5'/><path d='M3.5 12h17M12 3.5c3 3 3.5 5.5 3.5 8.5s-.5 5.5-3.5 8.5c-3-3-3.5-5.5-3.5-8.5s.5-5.5 3.5-8.5z'/>",
            Self::Calendar => "<rect x='4' y='5.5' width='16' height='14.5' rx='2'/><path d='M4 10h16M8.5 3.5v4M15.5 3.5v4'/>",
            Self::Link => "<path d='M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1'/>",
            Self::Eye => "<path d='M2.5 12C5 7.5 8.3 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.8 6.5-9.5 6.5S5 16.5 2.5 12z'/><circle cx='12' cy='12' r='3'/>",
        }
    }

    fn render(self) -> Markup {
        Markup::trusted(format!(
            "<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\" focusable=\"false\">{}</svg>",
            self.strokes()
        ))
    }
}

/// A name for the gallery and for tests.
pub fn icon_name(icon: Icon) -> String {
    format!("{icon:?}").to_lowercase()
}

impl From<Icon> for Markup {
    fn from(icon: Icon) -> Self {
        icon.render()
    }
}
