using Polydev.Broker.SignIn.OpenId;

namespace Polydev.Broker.Tests.SignIn.OpenId;

public sealed class SignUpPolicyTests
{
    [TestCase("")]
    [TestCase("Open")]
    [TestCase("anyone")]
    [TestCase("domain")]
    [TestCase("domain:")]
    [TestCase("domain:example.com,")]
    [TestCase("domain:@example.com")]
    [TestCase("domain:*.example.com")]
    [TestCase("domain:https://example.com")]
    public void Parse_NoPolicy_IsNull(string text) => Assert.That(SignUpPolicy.Parse(text), Is.Null);

    [TestCase("open", null, null)]
    [TestCase("closed", "ann@example.com", "Closed")]
    [TestCase("domain:example.com", "ann@example.com", null)]
    [TestCase("domain:EXAMPLE.com, example.org", "ann@example.ORG", null)]
    [TestCase("domain:example.com", "\"ann@example.com\"@example.org", "OtherDomain")]
    [TestCase("domain:example.com", "example.com@example.org", "OtherDomain")]
    [TestCase("domain:example.com", "ann@a.example.com", "OtherDomain")]
    [TestCase("domain:example.com", "ann@example.com.", "OtherDomain")]
    [TestCase("domain:example.com", null, "Unverified")]
    public void RefusalOf_AnAddress_IsAsThePolicySays(string policy, string? email, string? expected) =>
        Assert.That(SignUpPolicy.Parse(policy)!.RefusalOf(email)?.ToString(), Is.EqualTo(expected));
}
