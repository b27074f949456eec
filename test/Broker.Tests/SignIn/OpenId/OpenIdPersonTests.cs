using System.Security.Claims;
using System.Text.Json;
using Polydev.Broker.SignIn.OpenId;

namespace Polydev.Broker.Tests.SignIn.OpenId;

public sealed class OpenIdPersonTests
{
    [TestCase("true", true)]
    [TestCase("True", true)]
    [TestCase("false", false)]
    [TestCase("1", false)]
    [TestCase(null, false)]
    public void Of_AnAddress_IsTakenWhereItIsVerified(string? verified, bool isTaken) =>
        Assert.That(
            PersonOf(("email", "ann@example.com"), ("email_verified", verified))!.Email,
            Is.EqualTo(isTaken ? "ann@example.com" : null));

    [TestCase("ann")]
    [TestCase("@example.com")]
    [TestCase("ann@")]
    [TestCase("ann @example.com")]
    [TestCase("ann@example.com\u0000")]
    public void Of_NoAddress_HasNone(string email) => Assert.That(PersonOf(("email", email), ("email_verified", "true"))!.Email, Is.Null);

    [TestCase("sub", "")]
    [TestCase("sub", null)]
    [TestCase("sub", "a\u0000")]
    [TestCase("iss", null)]
    public void Of_ATokenThatDoesNotSayWho_IsNobody(string claim, string? value) => Assert.That(PersonOf((claim, value)), Is.Null);

    [Test]
    public void Of_ASubjectThatIsTooLong_IsNobody() => Assert.That(PersonOf(("sub", new string('s', 256))), Is.Null);

    /// <summary>The token's address with the word of the other place that some address is verified would be nobody's proof.</summary>
    [Test]
    public void With_TheOtherPlace_TakesBothHalvesFromOne()
    {
        var claimed = PersonOf(("email", "boss@example.com"), ("email_verified", "false"))!;

        Assert.That(claimed.With(Json("""{"email_verified":true}""")).Email, Is.Null);
        Assert.That(claimed.With(Json("""{"email":"ann@example.com","email_verified":true}""")).Email, Is.EqualTo("ann@example.com"));
        Assert.That(claimed.With(Json("""{"email":"ann@example.com","email_verified":"true"}""")).Email, Is.EqualTo("ann@example.com"));
        Assert.That(claimed.With(Json("""{"email":"ann@example.com","email_verified":false}""")).Email, Is.Null);
        Assert.That(claimed.With(Json("""{"email":["ann@example.com"],"email_verified":{"a":1}}""")).Email, Is.Null);
        Assert.That(claimed.With(Json("""["email"]""")).Email, Is.Null);
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private static OpenIdPerson? PersonOf(params (string Name, string? Value)[] claims)
    {
        var all = new Dictionary<string, string?> { ["iss"] = "https://id.example", ["sub"] = "1" };
        foreach (var (name, value) in claims)
        {
            all[name] = value;
        }

        return OpenIdPerson.Of(new ClaimsPrincipal(new ClaimsIdentity(
            all.Where(claim => claim.Value is not null).Select(claim => new Claim(claim.Key, claim.Value!)))));
    }
}
