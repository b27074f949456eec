using Polydev.Broker.Commands;

namespace Polydev.Broker.Tests.Commands;

[NonParallelizable]
public sealed class OpenIdArgumentsTests
{
    private const string Authority = "--oidc-authority https://id.example/realms/one";

    [SetUp]
    public void SetUp() => Set("polydev", "secret");

    [TearDown]
    public void TearDown() => Set(null, null);

    [Test]
    public void Read_NoAuthority_IsNone() => Assert.That(Read(string.Empty).OpenId, Is.Null);

    [Test]
    public void Read_AuthorityAlone_LetsNobodyNewIn()
    {
        var options = Read(Authority).OpenId!;

        Assert.That(options.Authority, Is.EqualTo(new Uri("https://id.example/realms/one")));
        Assert.That((options.ClientId, options.ClientSecret), Is.EqualTo(("polydev", "secret")));
        Assert.That((options.Name, options.TakesLinks, options.AnswersByForm), Is.EqualTo(("id.example", true, false)));
        Assert.That(options.SignUp.RefusalOf("ann@example.com"), Is.Not.Null);
        Assert.That($"{options} {Read(Authority)}", Does.Not.Contain("secret"));
    }

    [Test]
    public void Read_AllOfThem_AreTaken()
    {
        var options = Read($"{Authority} --oidc-name Example --sign-up domain:example.com --no-links --oidc-form-post").OpenId!;

        Assert.That((options.Name, options.TakesLinks, options.AnswersByForm), Is.EqualTo(("Example", false, true)));
        Assert.That(options.SignUp.RefusalOf("ann@example.com"), Is.Null);
    }

    [Test]
    public void Read_NoSecret_IsAPublicClient([Values("", null)] string? secret)
    {
        Set("polydev", secret);

        Assert.That(Read(Authority).OpenId!.ClientSecret, Is.Null);
    }

    [TestCase("--oidc-authority http://id.example", "https://host")]
    [TestCase("--oidc-authority id.example", "https://host")]
    [TestCase("--oidc-authority https://user@id.example", "https://host")]
    [TestCase("--oidc-authority https://id.example/?a=b", "https://host")]
    [TestCase("--sign-up everyone " + Authority, "open, closed, or domain:")]
    [TestCase("--sign-up open", "--sign-up needs --oidc-authority")]
    [TestCase("--no-links", "--no-links needs --oidc-authority")]
    [TestCase("--oidc-name x", "--oidc-name needs --oidc-authority")]
    [TestCase("--oidc-form-post", "--oidc-form-post needs --oidc-authority")]
    [TestCase("--oidc-name a\tb " + Authority, "--oidc-name takes 1 to 60")]
    public void Parse_WhatCannotBe_SaysWhatMay(string line, string text) =>
        Assert.That(ServeCommand.Create().Parse(line.Split(' ')).Errors.Select(error => error.Message), Has.One.Contains(text));

    [Test]
    public void Parse_NoClientId_NamesTheVariable([Values("", " ", null)] string? clientId)
    {
        Set(clientId, null);

        Assert.That(
            ServeCommand.Create().Parse(Authority.Split(' ')).Errors.Select(error => error.Message),
            Has.One.Contains("POLYDEV_OIDC_CLIENT_ID"));
    }

    [TestCase("http://127.0.0.1:8080")]
    [TestCase("http://localhost:8080/realms/one")]
    [TestCase("http://[::1]:8080")]
    public void Parse_AuthorityOfThisMachine_NeedsNoTls(string url) =>
        Assert.That(ServeCommand.Create().Parse(["--oidc-authority", url]).Errors, Is.Empty);

    [TestCase("--oidc-form-post", "--oidc-form-post needs https")]
    [TestCase("--no-links --with-tunnel", "leave --no-links out")]
    public void Problems_WhatDoesNotGoTogether_NameTheRemedy(string line, string text) =>
        Assert.That(ListenRules.Problems(Read($"{Authority} {line}")), Has.One.Contains(text));

    private static ServeOptions Read(string line) =>
        ServeArguments.Read(ServeCommand.Create().Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    private static void Set(string? clientId, string? secret)
    {
        Environment.SetEnvironmentVariable(OpenIdArguments.ClientIdVariable, clientId);
        Environment.SetEnvironmentVariable(OpenIdArguments.ClientSecretVariable, secret);
    }
}
