// Which stored file belongs to what. A file stays as long as somebody uses it.

#include "kyc/store/cases.h"

namespace kyc {
namespace {

constexpr const char* kSelect =
    "SELECT u.owner, u.role, u.media_id, u.data_class, m.content_type, m.bytes, u.created_at "
    "FROM media_uses u JOIN media m ON m.id = u.media_id WHERE ";

MediaUse use_of(const SqlRow& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
          row.text(3),
          row.text(4),
          static_cast<std::uint64_t>(row.integer(5)),
          row.integer(6)};
}

std::vector<MediaUse> uses_where(Connection& connection,
                                 const std::string& condition,
                                 const std::vector<SqlValue>& values) {
  std::vector<MediaUse> out;
  for (const SqlRow& row : connection.rows(kSelect + condition, values)) out.push_back(use_of(row));
  return out;
}

// Those of `ids` that no use is left of; their rows are gone then.
std::vector<std::string> unused(Connection& connection, const std::vector<MediaUse>& dropped) {
  std::vector<std::string> out;
  for (const MediaUse& use : dropped)
    if (connection.run("DELETE FROM media WHERE id = ?1 AND NOT EXISTS "
                       "(SELECT 1 FROM media_uses WHERE media_id = ?1)",
                       {use.media_id}) > 0)
      out.push_back(use.media_id);
  return out;
}

}  // namespace

void put_media_use(Connection& connection,
                   const std::string& owner,
                   const std::string& role,
                   const StoredMedia& media,
                   const std::string& data_class,
                   const std::string& content_type,
                   std::int64_t now) {
  connection.run(
      "INSERT INTO media (id, bytes, content_type, created_at) VALUES (?1, ?2, ?3, ?4) "
      "ON CONFLICT (id) DO NOTHING",
      {media.id, static_cast<std::int64_t>(media.bytes), content_type, now});
  connection.run(
      "INSERT INTO media_uses (owner, role, media_id, data_class, created_at) VALUES (?1, ?2, ?3, ?4, ?5) "
      "ON CONFLICT (owner, role) DO UPDATE SET media_id = excluded.media_id, "
      "data_class = excluded.data_class, created_at = excluded.created_at",
      {owner, role, media.id, data_class, now});
}

std::vector<MediaUse> media_uses(Connection& connection, const std::string& owner) {
  return uses_where(connection, "u.owner = ?1 ORDER BY u.role", {owner});
}

std::optional<MediaUse> find_media_use(Connection& connection,
                                       const std::string& owner,
                                       const std::string& role) {
  std::vector<MediaUse> found = uses_where(connection, "u.owner = ?1 AND u.role = ?2", {owner, role});
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<std::string> drop_media_uses(Connection& connection, const std::string& owner) {
  const std::vector<MediaUse> dropped = media_uses(connection, owner);
  connection.run("DELETE FROM media_uses WHERE owner = ?1", {owner});
  return unused(connection, dropped);
}

std::vector<std::string> drop_media_use(Connection& connection,
                                        const std::string& owner,
                                        const std::string& role) {
  const std::optional<MediaUse> dropped = find_media_use(connection, owner, role);
  if (!dropped) return {};
  connection.run("DELETE FROM media_uses WHERE owner = ?1 AND role = ?2", {owner, role});
  return unused(connection, {*dropped});
}

bool media_is_used(Connection& connection, const std::string& media_id) {
  return connection.integer("SELECT count(*) FROM media WHERE id = ?1", {media_id}) > 0;
}

std::vector<MediaUse> media_uses_older_than(Connection& connection,
                                            const std::string& data_class,
                                            std::int64_t before,
                                            std::int64_t limit) {
  return uses_where(connection,
                    "u.data_class = ?1 AND u.created_at < ?2 ORDER BY u.created_at, u.owner, u.role LIMIT ?3",
                    {data_class, before, limit});
}

}  // namespace kyc
