// The processes of one `mpirun -n N` that work together. MPI ends here.
#pragma once

#include <memory>
#include <span>
#include <string>

namespace kyc {

// Started by mpirun (its environment says so), the program joins the others, with Open MPI's library loaded
// for the purpose. Started without, it is alone: nothing is loaded and nothing waits. One object per program.
//
// A rank that died never answers, and MPI's end waits for all: work that is to survive a death leaves MPI
// once everybody has started, and is shared by files (core/claims.h).
class Ranks {
 public:
  // throws  Error{Unavailable} started by an mpirun whose library can not be loaded, or not by Open MPI's
  Ranks();
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  int rank() const;  // 0 is the first
  int size() const;
  int local_size() const;  // how many of them run on this machine

  // Collective: every rank gets what the first one gives. Also serves as a barrier: nobody goes on before the
  // first rank has come here.
  std::string from_first(const std::string& text) const;

  // Collective: every rank gets the element-wise sum of what all give, in place. All must give as many. The
  // same ranks with the same numbers get the same bits every time.
  void sum(std::span<float> values) const;
  void sum(std::span<double> values) const;

  // Collective, a barrier, and the last such call: from here on nobody waits for anybody, not even at the
  // end. rank() and size() stay what they were.
  void leave() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
