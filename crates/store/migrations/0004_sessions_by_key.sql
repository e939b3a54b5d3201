-- Whose a session is that is named by nothing but its key: an Update or Termination without Subscription-Id (RFC 8506 3.1), open or
-- closed not long ago.
CREATE INDEX session_key ON session (session_key);
