// Open MPI's library is opened at run time, and only under mpirun: linked, it would cost every start of the
// program five milliseconds, and every program that links Kyclops a dependency.

#include "kyc/core/ranks.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

#include "kyc/core/error.h"

#ifdef KYC_WITH_MPI
#define OMPI_SKIP_MPICXX 1
#include <dlfcn.h>
#include <mpi.h>
#endif

namespace kyc {
namespace {

int number_of(const char* variable, int standard) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::atoi(text) : standard;
}

bool under_mpirun() {
  return number_of("OMPI_COMM_WORLD_SIZE", 0) > 1;
}

}  // namespace

#ifdef KYC_WITH_MPI

struct Ranks::State {
  void* library = nullptr;
  int rank = 0;
  int size = 1;
  MPI_Comm world = nullptr;
  MPI_Datatype byte = nullptr;
  MPI_Datatype of_float = nullptr;
  MPI_Datatype of_double = nullptr;
  MPI_Op add = nullptr;
  decltype(&MPI_Allreduce) all_reduce = nullptr;
  decltype(&MPI_Bcast) broadcast = nullptr;
  decltype(&MPI_Barrier) barrier = nullptr;
  decltype(&MPI_Finalize) finalize = nullptr;

  template <typename Symbol>
  Symbol symbol(const char* name) const {
    void* found = dlsym(library, name);
    if (found == nullptr)
      throw Error(ErrorCode::Unavailable, std::string("Open MPI's library has no ") + name);
    return reinterpret_cast<Symbol>(found);
  }

  void expect_success(int code, const char* what) const {
    if (code != MPI_SUCCESS)
      throw Error(ErrorCode::Unavailable, std::string("MPI: ") + what + " failed: " + std::to_string(code));
  }

  void join() {
    library = dlopen("libmpi.so.40", RTLD_NOW | RTLD_GLOBAL);
    if (library == nullptr)
      throw Error(ErrorCode::Unavailable,
                  std::string("started by mpirun, but Open MPI's library can not be loaded: ") + dlerror());
    world = symbol<MPI_Comm>("ompi_mpi_comm_world");
    byte = symbol<MPI_Datatype>("ompi_mpi_byte");
    of_float = symbol<MPI_Datatype>("ompi_mpi_float");
    of_double = symbol<MPI_Datatype>("ompi_mpi_double");
    add = symbol<MPI_Op>("ompi_mpi_op_sum");
    all_reduce = symbol<decltype(&MPI_Allreduce)>("MPI_Allreduce");
    broadcast = symbol<decltype(&MPI_Bcast)>("MPI_Bcast");
    barrier = symbol<decltype(&MPI_Barrier)>("MPI_Barrier");
    // Other threads compute meanwhile, but never call MPI.
    int given = 0;
    expect_success(
        symbol<decltype(&MPI_Init_thread)>("MPI_Init_thread")(nullptr, nullptr, MPI_THREAD_FUNNELED, &given),
        "MPI_Init_thread");
    finalize = symbol<decltype(&MPI_Finalize)>("MPI_Finalize");
    expect_success(symbol<decltype(&MPI_Comm_rank)>("MPI_Comm_rank")(world, &rank), "MPI_Comm_rank");
    expect_success(symbol<decltype(&MPI_Comm_size)>("MPI_Comm_size")(world, &size), "MPI_Comm_size");
  }

  template <typename T>
  void sum(std::span<T> values, MPI_Datatype type) const {
    constexpr std::size_t kMost = 1U << 28;  // MPI counts in int
    if (size == 1) return;
    if (finalize == nullptr)
      throw Error(ErrorCode::Internal, "the ranks have left each other, and add nothing up any more");
    while (!values.empty()) {
      const std::size_t count = std::min(values.size(), kMost);
      expect_success(all_reduce(MPI_IN_PLACE, values.data(), static_cast<int>(count), type, add, world),
                     "MPI_Allreduce");
      values = values.subspan(count);
    }
  }

  void share(void* data, std::size_t bytes) const {
    expect_success(broadcast(data, static_cast<int>(bytes), byte, 0, world), "MPI_Bcast");
  }
};

Ranks::Ranks() : state_(std::make_unique<State>()) {
  if (under_mpirun()) state_->join();
}

Ranks::~Ranks() {
  if (state_->finalize != nullptr) state_->finalize();
}

void Ranks::leave() const {
  if (state_->finalize == nullptr) return;
  state_->expect_success(state_->barrier(state_->world), "MPI_Barrier");
  state_->expect_success(std::exchange(state_->finalize, nullptr)(), "MPI_Finalize");
}

std::string Ranks::from_first(const std::string& text) const {
  if (state_->size == 1) return text;
  if (state_->finalize == nullptr)
    throw Error(ErrorCode::Internal, "the ranks have left each other, and share no more words");
  std::uint64_t bytes = text.size();
  state_->share(&bytes, sizeof(bytes));
  if (bytes > static_cast<std::uint64_t>(std::numeric_limits<int>::max()))
    throw Error(ErrorCode::Internal, "too much text to share between ranks");
  std::string out = state_->rank == 0 ? text : std::string(bytes, '\0');
  state_->share(out.data(), bytes);
  return out;
}

void Ranks::sum(std::span<float> values) const {
  state_->sum(values, state_->of_float);
}
void Ranks::sum(std::span<double> values) const {
  state_->sum(values, state_->of_double);
}

#else

struct Ranks::State {
  int rank = 0;
  int size = 1;
};

Ranks::Ranks() : state_(std::make_unique<State>()) {
  if (under_mpirun())
    throw Error(ErrorCode::Unavailable, "started by mpirun, but this build was made without MPI");
}

Ranks::~Ranks() = default;

void Ranks::leave() const {}

std::string Ranks::from_first(const std::string& text) const {
  return text;
}

void Ranks::sum(std::span<float>) const {}
void Ranks::sum(std::span<double>) const {}

#endif

int Ranks::rank() const {
  return state_->rank;
}
int Ranks::size() const {
  return state_->size;
}
int Ranks::local_size() const {
  return state_->size == 1 ? 1 : number_of("OMPI_COMM_WORLD_LOCAL_SIZE", 1);
}

}  // namespace kyc
