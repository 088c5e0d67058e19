// Where a courier lets a stranger's URL lead, and where its operator's; whom it trusts over TLS.
#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>

#include "platform/fetch/courier_fixture.hpp"

namespace esm::fetch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using kind = reply::kind;
using testing::answer;
using testing::test_server;

class courier_strangers_test : public testing::courier_fixture {};

TEST_F(courier_strangers_test, lead_to_no_address_that_is_not_public) {
    const test_server server([](const std::string&) { return answer("200 OK", "secret"); });
    // Its port would do: what is refused is refused for the address.
    courier_options options;
    options.strangers.ports.push_back(server.port());
    courier sent(options);
    for (const auto* host :
         {"127.0.0.1",
          "127.0.0.2",
          "localhost",
          "LOCALHOST",
          "sub.localhost",
          "127.1",
          "2130706433",
          "0x7f000001",
          "0177.0.0.1",
          "0.0.0.0",
          "0",
          "[::1]",
          "[::]",
          "[::ffff:127.0.0.1]",
          "[::ffff:7f00:1]",
          "[64:ff9b::7f00:1]",
          "[2002:7f00:1::]",
          "[fd00:ec2::254]",
          "169.254.169.254",
          "10.0.0.1",
          "172.16.0.1",
          "192.168.0.1",
          "100.100.100.200",
          "255.255.255.255",
          "224.0.0.1"}) {
        const auto got = send(sent, post(fmt::format("http://{}:{}/", host, server.port()), true));
        EXPECT_EQ(got.how, kind::forbidden) << host << ": " << got.text;
        EXPECT_THAT(got.text, HasSubstr("has no public address that may be asked on port")) << host;
        EXPECT_EQ(got.status, 0U);
        EXPECT_EQ(got.body, "");
    }
    const auto named = send(sent, post(fmt::format("http://localhost:{}/", server.port()), true));
    EXPECT_THAT(named.text, Not(HasSubstr("127.0.0.1")));
    EXPECT_EQ(server.asked(), 0);
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(courier_strangers_test, lead_to_no_port_of_another_service) {
    courier sent({});
    for (const auto* url : {"http://1.1.1.1:25/", "https://1.1.1.1:22/", "http://[2606:4700::1]:6379/"}) {
        const auto got = send(sent, post(url, true));
        EXPECT_EQ(got.how, kind::forbidden) << got.text;
    }
}

TEST_F(courier_strangers_test, lead_where_a_network_is_allowed_on_purpose) {
    const test_server server([](const std::string&) { return answer("200 OK", ""); });
    courier sent(open_options());
    EXPECT_EQ(send(sent, post(server.url(), true)).how, kind::answered);
    EXPECT_EQ(send(sent, post(fmt::format("http://localhost:{}/", server.port()), true)).how, kind::answered);
    EXPECT_EQ(
        send(sent, post(fmt::format("http://127.0.0.2:{}/", server.port()), true)).how, kind::forbidden
    );
    EXPECT_EQ(
        send(sent, post(fmt::format("http://[::ffff:127.0.0.1]:{}/", server.port()), true)).how,
        kind::forbidden
    );
    // Allowed, but nobody listens.
    EXPECT_EQ(send(sent, post("http://127.0.0.1:1/", true)).how, kind::away);
}

TEST_F(courier_strangers_test, take_no_connection_that_an_own_call_left_open) {
    const test_server server([](const std::string&) { return answer("200 OK", "secret"); });
    courier sent({});
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(send(sent, post(server.url(), false)).how, kind::answered);
        EXPECT_EQ(send(sent, post(server.url(), true)).how, kind::forbidden);
    }
    EXPECT_EQ(server.asked(), 3);
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(courier_strangers_test, have_urls_of_one_form_only) {
    const test_server server([](const std::string&) { return answer("200 OK", ""); });
    courier sent(open_options());
    for (const auto& url :
         {std::string("ftp://127.0.0.1/"),
          std::string("file:///etc/passwd"),
          std::string("gopher://127.0.0.1/"),
          fmt::format("http://user:secret@127.0.0.1:{}/", server.port()),
          fmt::format("127.0.0.1:{}", server.port()),
          fmt::format("http://127.0.0.1:{}/a b", server.port()),
          fmt::format("http://127.0.0.1:{}\r\nX: y/", server.port())}) {
        const auto got = send(sent, post(url, true));
        EXPECT_EQ(got.how, kind::forbidden) << url;
        EXPECT_THAT(got.text, HasSubstr("URL")) << url;
        EXPECT_THAT(got.text, Not(HasSubstr("secret"))) << url;
    }
    // The operator may put credentials there.
    const auto own = fmt::format("http://user:secret@127.0.0.1:{}/", server.port());
    EXPECT_EQ(send(sent, post(own, false)).how, kind::answered);
    EXPECT_EQ(server.asked(), 1);
}

TEST_F(courier_strangers_test, go_past_the_operators_proxy) {
    const test_server proxy([](const std::string&) { return answer("200 OK", "by proxy"); });
    const test_server server([](const std::string&) { return answer("200 OK", "straight"); });
    ::setenv("http_proxy", proxy.url().c_str(), 1);
    courier sent(open_options());
    const auto strangers = send(sent, post(server.url(), true));
    const auto own = send(sent, post(server.url(), false));
    ::unsetenv("http_proxy");
    EXPECT_EQ(strangers.body, "straight");
    EXPECT_EQ(own.body, "by proxy");
}

template <class Type, auto Free>
struct freeing {
    void operator()(Type* given) const { Free(given); }
};
template <class Type, auto Free>
using owned = std::unique_ptr<Type, freeing<Type, Free>>;

// A certificate that vouches for itself and for 127.0.0.1, in memory and as a file.
class own_authority {
public:
    own_authority()
        : key_(EVP_EC_gen("P-256")), certificate_(X509_new()), context_(SSL_CTX_new(TLS_method())) {
        auto* made = certificate_.get();
        X509_set_version(made, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
        X509_gmtime_adj(X509_getm_notBefore(made), -60);
        X509_gmtime_adj(X509_getm_notAfter(made), 3600);
        X509_set_pubkey(made, key_.get());
        auto* name = X509_get_subject_name(made);
        const auto* text = reinterpret_cast<const unsigned char*>("test");
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
        X509_set_issuer_name(made, name);
        add(NID_subject_alt_name, "IP:127.0.0.1");
        add(NID_basic_constraints, "critical,CA:TRUE");
        X509_sign(made, key_.get(), EVP_sha256());
        SSL_CTX_use_certificate(context_.get(), made);
        SSL_CTX_use_PrivateKey(context_.get(), key_.get());
        const owned<BIO, BIO_free_all> file(BIO_new_file(path().c_str(), "w"));
        PEM_write_bio_X509(file.get(), made);
    }
    std::string path() const { return folder_.file("ca.pem"); }
    SSL_CTX* context() const { return context_.get(); }

private:
    void add(int nid, const char* value) {
        const owned<X509_EXTENSION, X509_EXTENSION_free> made(
            X509V3_EXT_conf_nid(nullptr, nullptr, nid, value)
        );
        X509_add_ext(certificate_.get(), made.get(), -1);
    }

    esm::testing::temporary_folder folder_;
    const owned<EVP_PKEY, EVP_PKEY_free> key_;
    const owned<X509, X509_free> certificate_;
    const owned<SSL_CTX, SSL_CTX_free> context_;
};

TEST_F(courier_strangers_test, and_others_are_believed_by_their_certificates) {
    const own_authority authority;
    const test_server server([](const std::string&) { return answer("200 OK", ""); }, authority.context());
    auto options = open_options();
    courier careful(options);
    options.ca_file = authority.path();
    courier trusting(options);
    for (const bool strangers : {false, true}) {
        EXPECT_EQ(send(careful, post(server.url(), strangers)).how, kind::away);
        for (int i = 0; i < 3; ++i) {
            const auto got = send(trusting, post(server.url(), strangers));
            EXPECT_EQ(got.how, kind::answered) << got.text;
        }
        const auto named = fmt::format("https://localhost:{}/", server.port());
        EXPECT_EQ(send(trusting, post(named, strangers)).how, kind::away);
    }
    EXPECT_EQ(server.asked(), 6);
}

}  // namespace
}  // namespace esm::fetch
