#include "app/registration/registration_problems.h"

namespace remit::app {
namespace {

constexpr std::string_view kStatement = "`remit banks`: the software statement";
constexpr std::string_view kBefore = "`remit banks`: before anything is sent";
constexpr std::string_view kBank = "`remit banks`: the bank refuses";
constexpr std::string_view kAnswer = "`remit banks`: the bank's answer";
constexpr std::string_view kRecord = "`remit banks`: what went before";

constexpr std::string_view kUnfit =
    "Ask the bank; then `remit banks registration update`, or `delete`.";

constexpr api::OtherProblem kProblems[] = {
    {"software_statement_missing", kStatement, "The configuration names no file for it.",
     "Set `software_statement` of the bank."},
    {"software_statement_malformed", kStatement, "It is not a JWT with JSON inside.",
     "Fetch it from the directory again and keep it as it came."},
    {"software_statement_incomplete", kStatement, "It lacks software_id.",
     "Fetch it from the directory again."},
    {"software_statement_expired", kStatement, "It has expired.", "Fetch a new one."},
    {"software_statement_stale", kStatement,
     "It is older than 180 days, or does not say when it was made.", "Fetch a new one."},
    {"software_statement_time", kStatement, "It is of the future.", "Compare the clocks."},
    {"software_statement_of_another", kStatement,
     "Its organisation and software are not those of signature_issuer.",
     "Name the right file, or correct signature_issuer."},
    {"software_statement_inactive", kStatement,
     "The directory says that the organisation is not active.", "Ask the directory."},
    {"software_statement_role", kStatement, "It is not for payments (PISP).",
     "Add the role at the directory and fetch a new one."},
    {"software_statement_redirect_uri", kStatement, "Its redirect URIs lack ours.",
     "Add `<public_url>/callback` at the directory and fetch a new one."},
    {"software_statement_key", kStatement, "The keys that it carries do not hold ours.",
     "Publish the signing key at the directory, or correct signing_key and signing_key_id."},

    {"registration_file_missing", kBefore, "The configuration names no file for the registration.",
     "Set `registration_file` of the bank."},
    {"registration_file_unreadable", kBefore, "The file is no registration.",
     "Restore it, or `remit banks registration adopt` into a new one."},
    {"registration_of_another", kBefore, "The file is of another bank.",
     "Name a file of its own for each bank."},
    {"registration_busy", kBefore, "Another process works on the file.", "Wait for it."},
    {"registration_endpoint_missing", kBefore,
     "Discovery names no registration_endpoint, or one that is not https.",
     "Register at the bank's portal and set client_id, or set registration_endpoint."},
    {"registration_value_unsupported", kBefore,
     "Discovery says that the bank cannot do what we need.",
     "Read the message; see client_authentication."},
    {"registration_redirect_uri_unfit", kBefore,
     "Our redirect URI is not https, or names localhost.", "Correct `http.public_url`."},
    {"registration_subject_missing", kBefore, "The transport certificate has no subject.",
     "Set tls_client_auth_subject_dn."},
    {"registration_algorithm", kBefore, "The signing key is not for PS256.",
     "Name an RSA key as signing_key."},
    {"certificate_unreadable", kBefore, "transport_certificate holds no certificate.",
     "Name the right file."},

    {"invalid_redirect_uri", kBank, "It does not take our redirect URI.",
     "Read the message; compare with the software statement."},
    {"invalid_client_metadata", kBank, "It does not take one of the claims.",
     "Read the message; see registration_audience, client_authentication and "
     "`remit banks register --dry-run`."},
    {"invalid_software_statement", kBank, "It does not take the software statement.",
     "Fetch a new one; ask the bank which directory it trusts."},
    {"unapproved_software_statement", kBank, "It does not approve of the software.",
     "Ask the bank."},
    {"registration_refused", kBank, "It refused, in words of its own.",
     "Read the message; ask the bank."},
    {"registration_unauthorised", kBank,
     "It does not know the client, the token or the certificate.",
     "Compare the certificate with the directory's; ask the bank whether the client still exists."},
    {"registration_unsupported", kBank, "It does not offer this; the standard leaves it free.",
     "Use its developer portal."},
    {"registration_throttled", kBank, "It takes no more requests now, and did nothing.",
     "Try again later."},
    {"registration_failed", kBank, "It failed, and may have done it all the same.",
     "Read the message."},

    {"registration_unreadable", kAnswer, "It says done, and no more that can be read.",
     "Ask it for the client_id; `remit banks registration adopt`."},
    {"registration_client_id_missing", kAnswer, "It lacks client_id.",
     "Ask it for the client_id; `remit banks registration adopt`."},
    {"registration_client_id_unfit", kAnswer, "Its client_id is too long, or holds odd letters.",
     "Ask the bank."},
    {"registration_client_id_differs", kAnswer,
     "It is about another client; or the one that was named is not ours.",
     "`remit banks registration show` names ours."},
    {"registration_redirect_uri_missing", kAnswer, "Our redirect URI is not registered.", kUnfit},
    {"registration_redirect_uri_foreign", kAnswer,
     "A redirect URI is registered that is not ours: codes could be sent there.", kUnfit},
    {"registration_auth_method", kAnswer, "Another authentication is registered.", kUnfit},
    {"registration_auth_algorithm", kAnswer, "Client assertions are not PS256.", kUnfit},
    {"registration_subject", kAnswer, "The subject of another certificate is registered.",
     "See tls_client_auth_subject_dn; then `remit banks registration update`."},
    {"registration_id_token_algorithm", kAnswer, "Id tokens are not PS256.", kUnfit},
    {"registration_id_token_encrypted", kAnswer, "Id tokens are encrypted, which nobody asked for.",
     kUnfit},
    {"registration_request_object_algorithm", kAnswer, "Request objects are not PS256.", kUnfit},
    {"registration_response_types", kAnswer, "`code id_token` is not registered.", kUnfit},
    {"registration_grant_types", kAnswer,
     "authorization_code or client_credentials is not registered.", kUnfit},
    {"registration_scope", kAnswer, "The scope is not enough for payments.", kUnfit},
    {"registration_application_type", kAnswer, "We are registered as something else than `web`.",
     kUnfit},
    {"registration_software_id", kAnswer, "Other software is registered.", kUnfit},
    {"registration_software_statement", kAnswer, "Another software statement is registered.",
     kUnfit},
    {"registration_client_uri_foreign", kAnswer,
     "It sends us, and our token, to another host than we registered at.", kUnfit},

    {"registration_exists", kRecord, "We are registered already.",
     "`remit banks registration update`, or `delete`."},
    {"registration_missing", kRecord, "There is no registration.", "`remit banks register`."},
    {"registration_outcome_unknown", kRecord,
     "A request may have made a registration; another would make a second one.",
     "Ask the bank; then `remit banks registration adopt`, or `abandon` with what it said."},
    {"registration_not_written", kRecord, "The bank registered us, and that could not be written.",
     "Make room; then `remit banks registration adopt` with the client_id of the message."},
    {"registration_unfit", kRecord, "There is a registration that must not be used.", kUnfit},
    {"registration_deletion_unfinished", kRecord, "A deletion is not known to be done.",
     "Repeat `remit banks registration delete`."},
    {"registration_not_unknown", kRecord, "No request is open whose outcome is unknown.",
     "Nothing: there is nothing to abandon."},
    {"registration_request_in_flight", kRecord, "The bank might still take the request.",
     "Wait until the time that the message names."},
    {"bank_not_configured", kBefore, "The configuration has no bank of this name.",
     "`remit banks list` shows them."},
};

}  // namespace

std::span<const api::OtherProblem> registration_problems() {
  return kProblems;
}

}  // namespace remit::app
