// What a process that was confined can still do. Each is a child: there is no way back.
#include "bulkdrop/core/confinement.hpp"

#include <cerrno>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bulkdrop::test {
namespace {

constexpr int kNoLandlock = 77;

int exit_code_of_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool can_write(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  if (fd < 0) return false;
  const bool written = ::write(fd, "x", 1) == 1;
  ::close(fd);
  return written;
}

// Says whether this kernel can do it.
bool confined(const TempDir& here, const std::function<bool()>& holds) {
  const int code = exit_code_of_child([&] {
    if (!confine_writes({here.path("mine"), here.path("nowhere")})) return kNoLandlock;
    return holds() ? 0 : 1;
  });
  if (code == kNoLandlock) {
    BOOST_TEST_MESSAGE("this kernel has no Landlock");
    return false;
  }
  BOOST_TEST(code == 0);
  return true;
}

// "mine" and "theirs", each with a file.
struct Directories : TempDir {
  Directories() {
    for (const char* name : {"mine", "theirs"}) {
      std::filesystem::create_directory(path(name));
      can_write(path(std::string(name) + "/file"));
    }
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(confinement)

BOOST_AUTO_TEST_CASE(files_are_made_renamed_and_removed_where_it_is_allowed) {
  const Directories here;
  confined(here, [&] {
    return can_write(here.path("mine/new")) &&
           ::rename(here.path("mine/new").c_str(), here.path("mine/file").c_str()) == 0 &&
           ::truncate(here.path("mine/file").c_str(), 0) == 0 &&
           ::unlink(here.path("mine/file").c_str()) == 0 && ::rmdir(here.path("mine").c_str()) == 0;
  });
}

BOOST_AUTO_TEST_CASE(elsewhere_they_are_read_and_nothing_else) {
  const Directories here;
  confined(here, [&] {
    const std::string file = here.path("theirs/file");
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    return fd >= 0 && !can_write(file) && !can_write(here.path("theirs/new")) &&
           ::unlink(file.c_str()) != 0 && ::mkdir(here.path("theirs/new").c_str(), 0700) != 0 &&
           ::symlink("x", here.path("theirs/new").c_str()) != 0 &&
           ::rename(file.c_str(), here.path("mine/file").c_str()) != 0;
  });
  BOOST_TEST(std::filesystem::exists(here.path("theirs/file")));
}

BOOST_AUTO_TEST_CASE(what_is_open_already_stays_so) {
  const Directories here;
  const int fd = ::open(here.path("theirs/file").c_str(), O_WRONLY | O_CLOEXEC);
  confined(here, [&] { return ::write(fd, "y", 1) == 1; });
  ::close(fd);
}

BOOST_AUTO_TEST_CASE(threads_that_are_started_later_are_confined_too) {
  const Directories here;
  confined(here, [&] {
    bool could = true;
    std::thread([&] { could = can_write(here.path("theirs/file")); }).join();
    return !could;
  });
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
BOOST_AUTO_TEST_CASE(no_program_is_executed) {
  const Directories here;
  confined(here, [] {
    static_cast<void>(::execl("/bin/true", "true", nullptr));
    return errno == EACCES;
  });
}
#endif

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
