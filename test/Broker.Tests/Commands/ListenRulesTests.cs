using Polydev.Broker.Commands;
using Polydev.Broker.Tests.Storage;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Commands;

/// <summary>Cleartext stays on this machine, unless it is asked for by name.</summary>
public sealed class ListenRulesTests
{
    [TestCase("")]
    [TestCase("--http http://[::1]:5080")]
    [TestCase("--http http://localhost:5080 --grpc http://127.0.0.1:5081")]
    [TestCase("--http http://0.0.0.0:5080 --insecure")]
    [TestCase("--http http://10.0.0.1:5080 --grpc http://10.0.0.1:5081 --insecure")]
    [TestCase("--http https://0.0.0.0:5443 --tls-cert c.pem --tls-key k.pem")]
    [TestCase("--public-url https://broker.example")]
    [TestCase("--public-url http://localhost:6000")]
    [TestCase("--public-url http://broker.example --insecure")]
    [TestCase("--http https://0.0.0.0:5443 --tls-cert both.pem")]
    public void Problems_WhatMayBe_AreNone(string line) => Assert.That(ProblemsOf(line), Is.Empty);

    [TestCase("--http http://0.0.0.0:5080", "http://0.0.0.0:5080/", "--tls-cert", "--insecure", "127.0.0.1")]
    [TestCase("--http http://0.0.0.0:5080", "http://0.0.0.0:5081/")]
    [TestCase("--grpc http://10.0.0.1:5081", "http://10.0.0.1:5081/", "--tls-cert", "--insecure")]
    [TestCase("--http https://0.0.0.0:5443", "--tls-cert FILE")]
    [TestCase("--http https://127.0.0.1:5443 --tls-cert c.pem --grpc http://127.0.0.1:5081", "leave --grpc out")]
    [TestCase("--tls-cert c.pem", "--http https://127.0.0.1:5080/")]
    [TestCase("--tls-key k.pem", "--tls-key needs --tls-cert")]
    [TestCase("--public-url http://broker.example", "--public-url http://broker.example/", "--insecure")]
    [TestCase("--grpc https://127.0.0.1:5081", "--grpc is for tunnels without TLS")]
    public void Problems_WhatCannotBe_NameTheRemedy(string line, params string[] texts)
    {
        var problems = string.Join('\n', ProblemsOf(line));

        foreach (var text in texts)
        {
            Assert.That(problems, Does.Contain(text));
        }
    }

    [TestCase("1", true)]
    [TestCase("0", false)]
    [TestCase("", false)]
    [NonParallelizable]
    public void Problems_CleartextByTheEnvironment_IsAllowedByOneAlone(string value, bool isAllowed)
    {
        Environment.SetEnvironmentVariable("POLYDEV_INSECURE", value);
        try
        {
            Assert.That(ProblemsOf("--http http://0.0.0.0:5080"), isAllowed ? Is.Empty : Is.Not.Empty);
        }
        finally
        {
            Environment.SetEnvironmentVariable("POLYDEV_INSECURE", null);
        }
    }

    [TestCase("--http http://0.0.0.0:8080", "http://0.0.0.0:5081/")]
    [TestCase("--http http://10.0.0.1:8080", "http://10.0.0.1:5081/")]
    [TestCase("--http http://[::]:8080", "http://[::]:5081/")]
    [TestCase("", "http://127.0.0.1:5081/")]
    [TestCase("--http http://0.0.0.0:8080 --grpc http://127.0.0.1:9000", "http://127.0.0.1:9000/")]
    public void Listening_WithoutGrpc_IsBesideHttp(string line, string expected) =>
        Assert.That(Read(line).Listening[1].AbsoluteUri, Is.EqualTo(expected));

    [Test]
    public async Task Serve_CleartextOnAllAddresses_EndsWith1AndMakesNothing()
    {
        using var temporary = new TemporaryDatabase();

        var exitCode = await ServeCommand.Create().Parse(["--http", "http://0.0.0.0:0", "--data", temporary.DataFolder]).InvokeAsync()
            .DefaultTimeout();

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(Directory.Exists(temporary.DataFolder), Is.False);
    }

    [TestCase("https://broker.example/polydev")]
    [TestCase("https://broker.example/?a=b")]
    [TestCase("https://ann@broker.example")]
    public void PublicUrl_MoreThanAHost_IsRefused(string url) => Assert.That(
        ServeCommand.Create().Parse(["--public-url", url]).Errors.Select(error => error.Message),
        Has.One.Contains("more than scheme, host and port"));

    private static IEnumerable<string> ProblemsOf(string line) => ListenRules.Problems(Read(line));

    private static ServeOptions Read(string line) =>
        ServeArguments.Read(ServeCommand.Create().Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
}
