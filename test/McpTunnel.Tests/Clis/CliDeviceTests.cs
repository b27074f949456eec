using Polydev.McpTunnel.Clis;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis;

internal sealed class CliDeviceTests
{
    private TemporaryFolder _folder = null!;
    private CliEnvironment _environment = null!;

    private string Kept => Path.Combine(_environment.StateFolder, "device", "x");

    [SetUp]
    public void SetUp()
    {
        _folder = new TemporaryFolder();
        _environment = new CliEnvironment
        {
            Variables = new Dictionary<string, string>(),
            Home = _folder.FullName,
            RunRoot = Path.Combine(_folder.FullName, "state", "run"),
        };
    }

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task Kept_ManyAtOnce_AgreeOnOneThatOnlyItsUserReads()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(Take))).DefaultTimeout();

        Assert.That(ids.Distinct().Count(), Is.EqualTo(1));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(Kept)!), Is.EqualTo(new[] { Kept }));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(Kept), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Test]
    public void Kept_AskedAgain_IsTheSame()
    {
        var first = Take();

        Assert.That(Take(), Is.EqualTo(first));
    }

    [Test]
    public void Kept_FileThatHoldsNoId_IsMadeAnewOnce()
    {
        Take();
        File.WriteAllText(Kept, "no id");

        var made = Take();

        Assert.That(CliDevice.IsGuid(made), Is.True);
        Assert.That(Take(), Is.EqualTo(made));
    }

    private string Take() => CliDevice.Kept(_environment, "x", CliDevice.IsGuid, () => Guid.NewGuid().ToString());
}
