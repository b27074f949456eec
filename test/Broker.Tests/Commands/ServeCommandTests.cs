using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Polydev.Broker.Commands;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Commands;

/// <summary>A broker that cannot start says why and ends with 1, without a stack trace.</summary>
public sealed class ServeCommandTests
{
    [TestCase("--timeout", "0", "1 to 86400")]
    [TestCase("--timeout", "-4", "1 to 86400")]
    [TestCase("--call-seconds", "0", "1 to 86400")]
    [TestCase("--cors-origin", "chat.example", "https://host")]
    [TestCase("--cors-origin", "https://chat.example/path", "https://host")]
    [TestCase("--cors-origin", "https://a.example,b", "https://host")]
    [TestCase("--drain-seconds", "-1", "0 to 3600")]
    [TestCase("--drain-seconds", "3601", "0 to 3600")]
    [TestCase("--keep-days", "-1", "0 to 36500")]
    [TestCase("--keep-days", "36501", "0 to 36500")]
    [TestCase("--keep-days", "3x", "0 to 36500")]
    [TestCase("--fetch-addresses", "yes", "on or off")]
    [TestCase("--http", "ftp://127.0.0.1", "http://")]
    [TestCase("--http", "http://broker.example:5080", "IP address")]
    [TestCase("--grpc", "http://broker.example:5080", "IP address")]
    public void Parse_BadOption_NamesWhatItTakes(string option, string value, string text)
    {
        var parsed = ServeCommand.Create().Parse([option, value]);

        Assert.That(parsed.Errors.Select(error => error.Message), Has.One.Contains(text));
    }

    /// <summary>A settings file that is watched has the kernel tell of every write below the folder that it lies in.</summary>
    [Test]
    public async Task Build_SettingsFiles_AreNotWatched()
    {
        using var folder = new TemporaryFolder();
        await using var app = BrokerHost.Build(new ServeOptions
        {
            Http = new Uri("http://127.0.0.1:0"),
            Grpc = new Uri("http://127.0.0.1:0"),
            DataFolder = folder.FullName,
        });

        var files = ((IConfigurationRoot)app.Configuration).Providers.OfType<FileConfigurationProvider>().ToList();

        Assert.That(files, Is.Not.Empty.And.All.Matches<FileConfigurationProvider>(file => !file.Source.ReloadOnChange));
    }

    [TestCase(30)]
    [TestCase(0, "--drain-seconds", "0")]
    [TestCase(3600, "--drain-seconds", "3600")]
    public void Read_DrainSeconds_AreTheDrainTime(int seconds, params string[] arguments)
    {
        var options = ServeArguments.Read(ServeCommand.Create().Parse(arguments));

        Assert.That(options.DrainTime, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
    }

    [TestCase(1800)]
    [TestCase(60, "--call-seconds", "60")]
    public void Read_CallSeconds_AreTheCallsTime(int seconds, params string[] arguments)
    {
        var options = ServeArguments.Read(ServeCommand.Create().Parse(arguments));

        Assert.That(options.CallTime, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
    }

    [TestCase(90)]
    [TestCase(0, "--keep-days", "0")]
    [TestCase(365, "--keep-days", "365")]
    public void Read_KeepDays_AreHowLongCallsAreKept(int days, params string[] arguments)
    {
        var options = ServeArguments.Read(ServeCommand.Create().Parse(arguments));

        Assert.That(options.KeepDays, Is.EqualTo(days));
    }

    [TestCase("30", 30)]
    [TestCase("0", 0)]
    [TestCase("", 90)]
    [TestCase("soon", null)]
    [NonParallelizable]
    public void Read_KeepDaysOfTheEnvironment_HoldWhereNoneIsGiven(string value, int? days)
    {
        Environment.SetEnvironmentVariable("POLYDEV_KEEP_DAYS", value);
        try
        {
            var parsed = ServeCommand.Create().Parse([]);
            if (days is null)
            {
                Assert.That(parsed.Errors.Select(error => error.Message), Has.One.Contains("POLYDEV_KEEP_DAYS takes 0 to 36500"));
                return;
            }

            Assert.That(ServeArguments.Read(parsed).KeepDays, Is.EqualTo(days));
            Assert.That(ServeArguments.Read(ServeCommand.Create().Parse(["--keep-days", "7"])).KeepDays, Is.EqualTo(7));
        }
        finally
        {
            Environment.SetEnvironmentVariable("POLYDEV_KEEP_DAYS", null);
        }
    }

    [TestCase("", true)]
    [TestCase("on", true)]
    [TestCase("off", false)]
    [TestCase("0", null)]
    [NonParallelizable]
    public void Read_FetchAddressesOfTheEnvironment_HoldsWhereNoneIsGiven(string value, bool? fetches)
    {
        Environment.SetEnvironmentVariable("POLYDEV_FETCH_ADDRESSES", value);
        try
        {
            var parsed = ServeCommand.Create().Parse([]);
            if (fetches is null)
            {
                Assert.That(parsed.Errors.Select(error => error.Message), Has.One.Contains("POLYDEV_FETCH_ADDRESSES takes on or off"));
                return;
            }

            Assert.That(ServeArguments.Read(parsed).FetchAddresses, Is.EqualTo(fetches));
            Assert.That(ServeArguments.Read(ServeCommand.Create().Parse(["--fetch-addresses", "off"])).FetchAddresses, Is.False);
            Assert.That(ServeArguments.Read(ServeCommand.Create().Parse(["--fetch-addresses", "on"])).FetchAddresses, Is.True);
        }
        finally
        {
            Environment.SetEnvironmentVariable("POLYDEV_FETCH_ADDRESSES", null);
        }
    }

    [TestCase("")]
    [TestCase("https://a.example,app://obsidian.md", "--cors-origin", "https://A.example/, app://obsidian.md")]
    [TestCase("https://a.example:8443,*", "--cors-origin", "https://a.example:8443", "--cors-origin", "*")]
    [TestCase("none", "--cors-origin", "none")]
    public void Read_CorsOrigins_AreAsABrowserSendsThem(string origins, params string[] arguments)
    {
        var options = ServeArguments.Read(ServeCommand.Create().Parse(arguments));

        Assert.That(string.Join(',', options.CorsOrigins), Is.EqualTo(origins));
    }

    [TestCase("http://localhost:0")]
    [TestCase("http://0.0.0.0:5080")]
    [TestCase("http://[::1]:5080")]
    public void Parse_AddressOfThisMachine_IsTaken(string url)
    {
        Assert.That(ServeCommand.Create().Parse(["--http", url]).Errors, Is.Empty);
    }

    [Test]
    public async Task Serve_PortInUse_EndsWith1()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var folder = Directory.CreateTempSubdirectory("polydev-broker-").FullName;

        var exitCode = await RunAsync("--http", $"http://{other.LocalEndpoint}", "--grpc", "http://127.0.0.1:0", "--data", folder);

        Directory.Delete(folder, recursive: true);
        Assert.That(exitCode, Is.EqualTo(1));
    }

    [Test]
    public async Task Serve_DataFolderIsAFile_EndsWith1()
    {
        var file = Path.GetTempFileName();

        var exitCode = await RunAsync("--http", "http://127.0.0.1:0", "--grpc", "http://127.0.0.1:0", "--data", file);

        File.Delete(file);
        Assert.That(exitCode, Is.EqualTo(1));
    }

    // Without the library's own handler, which would turn any exception into a 1 and a stack trace.
    private static Task<int> RunAsync(params string[] arguments) => ServeCommand.Create().Parse(arguments)
        .InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }).DefaultTimeout();
}
