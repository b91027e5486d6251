#include "lab/bank/approval_page.h"

#include "kit/base/money.h"

#include <fmt/format.h>

namespace remit::lab::bank {
namespace {

constexpr std::size_t kAccountsShownMax = 20;

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += letter;
    }
  }
  return escaped;
}

net::HttpResponse page(int status, std::string_view title, std::string_view content) {
  net::HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", "text/html; charset=utf-8");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Referrer-Policy", "no-referrer");
  response.headers.set("X-Frame-Options", "DENY");
  response.headers.set("Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  response.body = fmt::format(
      R"(<!doctype html><html lang="en"><head><meta charset="utf-8">)"
      R"(<meta name="viewport" content="width=device-width"><title>{0}</title><style>)"
      "body{{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:3rem auto;padding:0 1rem}}"
      "h1{{font-size:1.3rem}}.amount{{font-size:2rem;margin:0}}label{{display:block;padding:.5rem}}"
      "button{{font:inherit;padding:.6rem 1.4rem;margin:1rem .5rem 0 0;border-radius:.4rem}}"
      "</style></head><body><h1>{0}</h1>{1}</body></html>",
      escape(title), content);
  return response;
}

std::string account_choice(const PayerAccount& account, const Books& books, bool chosen) {
  const Money available{books.available_minor(account.id), Currency::of("GBP")};
  const std::string_view number = account.identification;
  return fmt::format(
      R"(<label><input type="radio" name="account" value="{}"{}> {} &middot; {} {} &middot; {}</label>)",
      escape(account.id), chosen ? " checked" : "", escape(account.holder),
      escape(number.substr(0, 6)), escape(number.substr(6)), to_string(available));
}

std::string choices(const Consent& consent, const Books& books) {
  const json::object* debtor = find_object(consent.initiation(), "DebtorAccount");
  if (debtor != nullptr) {
    const PayerAccount* account =
        books.find_by_identification(find_text(*debtor, "Identification").value_or(""));
    return account == nullptr ? std::string() : account_choice(*account, books, true);
  }
  std::string all;
  for (std::size_t index = 0; index < std::min(kAccountsShownMax, books.accounts().size());
       ++index) {
    all += account_choice(books.accounts()[index], books, index == 0);
  }
  return all;
}

}  // namespace

net::HttpResponse approval_page(std::string_view bank_name, std::string_view client_name,
                                const Consent& consent, const Books& books,
                                std::string_view interaction, std::string_view action) {
  const Money amount{consent.amount_minor(), Currency::of("GBP")};
  const std::string content = fmt::format(
      R"(<p class="amount">{}</p><p>to {}, asked for by {}</p>)"
      R"(<form method="post" action="{}"><input type="hidden" name="interaction" value="{}">)"
      R"(<p>Pay from:</p>{}<button name="decision" value="approve">Approve</button>)"
      R"(<button name="decision" value="refuse">Refuse</button></form>)",
      to_string(amount), escape(consent.creditor_name()), escape(client_name), escape(action),
      escape(interaction), choices(consent, books));
  return page(200, fmt::format("{}: approve a payment", bank_name), content);
}

net::HttpResponse failure_page(int status, std::string_view bank_name, std::string_view what) {
  return page(status, bank_name, fmt::format("<p>{}</p>", escape(what)));
}

}  // namespace remit::lab::bank
