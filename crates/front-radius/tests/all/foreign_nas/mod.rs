//! Access servers that nobody here wrote, with their own reports and their own dynamic authorization. pppd is none of them: the kernel of
//! test machines has no `/dev/ppp`.

mod eapol;
mod hostapd;
mod strongswan;
