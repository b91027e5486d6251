#include "app/client/api_client.h"

#include "app/admin_client.h"
#include "kit/net/curl_client.h"
#include "kit/net/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace remit::app {
namespace {

constexpr Duration kPauseMin = std::chrono::milliseconds(250);
constexpr Duration kPauseMax = std::chrono::seconds(8);

bool may_pass(const Result<net::HttpResponse>& answer) {
  if (!answer) return answer.error().reason != "certificate_untrusted";
  switch (answer->status) {
    case 429:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

/// The try may have arrived, and done what it asked for.
bool may_have_happened(const Result<net::HttpResponse>& answer) {
  if (!answer) return answer.error().code == ErrorCode::OutcomeUnknown;
  return answer->status == 500 || answer->status == 502 || answer->status == 504;
}

/// Said before anybody looked whether the key's request was answered already.
bool says_nothing_of_earlier_tries(int status) {
  return status == 401 || status == 403 || status == 429 || status == 503;
}

/// Zero when the answer names none. The form with a date is nothing that the server sends.
Duration retry_after(const Result<net::HttpResponse>& answer) {
  if (!answer) return {};
  const std::string_view text = answer->headers.find("Retry-After").value_or("");
  std::uint32_t seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  return read.ec == std::errc() ? Duration(std::chrono::seconds(seconds)) : Duration();
}

ErrorCode code_of(int status) {
  switch (status) {
    case 400:
    case 415:
    case 422:
      return ErrorCode::InvalidArgument;
    case 401:
      return ErrorCode::Unauthenticated;
    case 403:
      return ErrorCode::PermissionDenied;
    case 404:
      return ErrorCode::NotFound;
    case 409:
      return ErrorCode::Conflict;
    case 413:
      return ErrorCode::LimitExceeded;
    case 429:
    case 503:
      return ErrorCode::Unavailable;
    case 501:
      return ErrorCode::Unsupported;
    default:
      return status >= 500 ? ErrorCode::DeadlineExceeded : ErrorCode::FailedPrecondition;
  }
}

Error refusal(const net::HttpResponse& response, const std::string& url) {
  Error error{code_of(response.status),
              "answer_not_understood",
              fmt::format("{} answered {} {} without saying why. Does --url name a Remit API?", url,
                          response.status, net::status_text(response.status)),
              {},
              nullptr};
  const auto document = codec::JsonDocument::parse(response.body, {});
  if (!document || document->root().kind != codec::JsonKind::Object) return error;
  const std::string code = text_at(document->root(), "code");
  if (code.empty()) return error;
  error.reason = code;
  error.message = fmt::format("{}: {}", text_at(document->root(), "title"),
                              text_at(document->root(), "detail"));
  error.field = text_at(document->root(), "field");
  return error;
}

Error unreachable(const Error& error, const std::string& url) {
  if (error.reason == "certificate_untrusted") {
    return {error.code, error.reason,
            fmt::format("{} Name who signed it with --ca or REMIT_API_CA.", error.message), "",
            nullptr};
  }
  return {error.code, "api_not_reached",
          fmt::format("{} does not answer: {} Name another with --url or REMIT_API_URL.", url,
                      error.message),
          "", nullptr};
}

}  // namespace

Result<net::HttpResponse> ApiClient::attempt(const ApiRequest& request) {
  net::ClientRequest made{
      .method = request.method,
      .url = target_.url + request.path,
      .socket_path = {},
      .headers = {},
      .body = request.body,
      .options = {.total_timeout = target_.timeout, .response_bytes_max = kApiAnswerBytesMax}};
  made.headers.add("Authorization", "Bearer " + target_.key);
  made.headers.add("Accept", "application/json");
  if (!request.body.empty()) made.headers.add("Content-Type", "application/json");
  if (!request.idempotency_key.empty()) {
    made.headers.add("Idempotency-Key", request.idempotency_key);
  }
  return net::send_and_wait(ports_.http, std::move(made));
}

Result<std::string> ApiClient::send(const ApiRequest& request) {
  const bool changes = !request.idempotency_key.empty();
  Duration pause = kPauseMin;
  bool unknown = false;
  for (std::uint32_t tried = 1;; ++tried) {
    Result<net::HttpResponse> answer = attempt(request);
    if (answer && answer->status < 300) return std::move(answer->body);
    unknown = unknown || (changes && may_have_happened(answer));
    const Duration asked = retry_after(answer);
    if (may_pass(answer) && tried < target_.tries_max && asked <= kApiRetryAfterMax) {
      // Half of it at random, so that those who failed together do not come back together.
      const auto half = static_cast<std::uint64_t>(pause.count() / 2);
      ports_.pause(std::max(asked, Duration(half + ports_.random.below(half + 1))));
      pause = std::min(pause * 2, kPauseMax);
      continue;
    }
    Error error = answer ? refusal(*answer, target_.url) : unreachable(answer.error(), target_.url);
    const bool settled =
        answer && !may_have_happened(answer) && !says_nothing_of_earlier_tries(answer->status);
    if (unknown && !settled) {
      error.code = ErrorCode::OutcomeUnknown;
      error.message += fmt::format(
          " It may have happened all the same. Run the same command again with "
          "--idempotency-key {}: it happens once.",
          request.idempotency_key);
    } else if (changes && may_pass(answer)) {
      error.message +=
          fmt::format(" Nothing happened; run the same command again with --idempotency-key {}.",
                      request.idempotency_key);
    }
    return std::unexpected(std::move(error));
  }
}

}  // namespace remit::app
