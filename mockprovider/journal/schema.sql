CREATE TABLE sessions (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  document TEXT NOT NULL,
  dropped INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE subscriptions (
  session INTEGER NOT NULL,
  id TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (session, id)
) WITHOUT ROWID;
CREATE TABLE streams (
  session INTEGER NOT NULL,
  id TEXT NOT NULL,
  document TEXT NOT NULL,
  cursor INTEGER NOT NULL,
  PRIMARY KEY (session, id)
) WITHOUT ROWID;
CREATE TABLE messages (
  seq INTEGER PRIMARY KEY,
  session INTEGER NOT NULL,
  event TEXT NOT NULL,
  id TEXT NOT NULL,
  entity TEXT NOT NULL,
  origin TEXT NOT NULL,
  at INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY,
  session INTEGER NOT NULL,
  message INTEGER NOT NULL,
  subscription TEXT NOT NULL,
  status TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  base INTEGER NOT NULL,
  created INTEGER NOT NULL,
  due INTEGER NOT NULL,
  fault TEXT NOT NULL,
  event TEXT NOT NULL,
  answer INTEGER NOT NULL,
  size INTEGER NOT NULL
);
CREATE INDEX deliveries_of_message ON deliveries (message);
CREATE INDEX deliveries_pending ON deliveries (seq) WHERE status = 'pending';
-- An attempt's id is its delivery << 20 | its number: the attempts of a delivery lie together, and new ones
-- near the end of the table.
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  duration INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  status INTEGER NOT NULL,
  failure TEXT NOT NULL,
  cause TEXT NOT NULL,
  fault TEXT NOT NULL,
  request_header BLOB NOT NULL,
  request_body BLOB,
  reply_header BLOB,
  reply_body BLOB
);
