#include "kit/service/health.h"

#include <gtest/gtest.h>

namespace remit::service {
namespace {

class HealthTest : public testing::Test {
 protected:
  HealthTest() {
    health_.add(Probe::Live, "engine", [] { return Result<void>(); });
    health_.add(Probe::Ready, "journal", [this]() -> Result<void> {
      if (disk_full_) return fail(ErrorCode::Unavailable, "disk_full", "/secret/path is full.");
      return {};
    });
    health_.add_routes(router_);
  }
  net::HttpResponse get(std::string path, std::string query = {}) {
    net::HttpResponse got;
    router_.handle({.method = "GET", .path = std::move(path), .query = std::move(query)},
                   [&](net::HttpResponse response) { got = std::move(response); });
    return got;
  }
  bool disk_full_ = false;
  Health health_;
  net::Router router_;
};

TEST_F(HealthTest, passes_without_naming_anything) {
  EXPECT_EQ(get("/livez").status, 200);
  EXPECT_EQ(get("/readyz").body, R"({"status":"ok","checks":[]})");
}

TEST_F(HealthTest, names_what_fails_and_for_the_probe_that_asks_only) {
  disk_full_ = true;
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_EQ(get("/readyz").body, R"({"status":"failing","checks":[)"
                                 R"({"name":"journal","status":"failing","reason":"disk_full"}]})");
  EXPECT_EQ(get("/livez").status, 200);
}

TEST_F(HealthTest, verbose_lists_all) {
  EXPECT_EQ(get("/livez", "verbose").body,
            R"({"status":"ok","checks":[{"name":"engine","status":"ok"}]})");
  EXPECT_EQ(get("/livez", "verbose=false").body, R"({"status":"ok","checks":[]})");
}

TEST_F(HealthTest, a_draining_process_lives_and_is_not_ready) {
  health_.set_draining();
  EXPECT_EQ(get("/livez").status, 200);
  EXPECT_EQ(get("/readyz").status, 503);
}

}  // namespace
}  // namespace remit::service
