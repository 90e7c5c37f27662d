// Internal to store/: what SQLite and PostgreSQL each provide.
#pragma once

#include <memory>
#include <string>

#include "kyc/store/database.h"

namespace kyc {

class BackendConnection : public Connection {
 public:
  // The one write transaction at a time, in all processes.
  virtual void begin_write() = 0;
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;
  // False when the connection is of no more use.
  virtual bool alive() const = 0;
};

std::unique_ptr<BackendConnection> connect_sqlite(const std::string& path);
std::unique_ptr<BackendConnection> connect_postgres(const std::string& location);

}  // namespace kyc
