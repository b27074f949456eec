using System.Runtime.Versioning;
using Polydev.McpTunnel.Clis;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis;

[UnsupportedOSPlatform("windows")]
[Platform(Exclude = "Win")]
internal sealed class CliLocatorTests
{
    // A name that no machine has in its own folders.
    private const string Name = "polydev-test-cli";
    private const string Override = "TEST_CLI_PATH";

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Make() => _folder = new TemporaryFolder();

    [TearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void Find_Nothing_IsNull() => Assert.That(Find(("PATH", _folder.Folder("bin"))), Is.Null);

    [Test]
    public void Find_OnPath_IsTheFirst()
    {
        var first = Program("one", Name);
        var second = Program("two", Name);

        Assert.That(Find(("PATH", $"{Path.GetDirectoryName(first)}:{Path.GetDirectoryName(second)}")), Is.EqualTo(first));
    }

    [Test]
    public void Find_RelativePathEntry_IsNotTrusted() => Assert.That(Find(("PATH", ".:bin")), Is.Null);

    [Test]
    public void Find_FileThatCannotRun_IsPassedOver()
    {
        var plain = _folder.File("one", Name);
        File.WriteAllText(plain, string.Empty);
        var program = Program("two", Name);

        Assert.That(Find(("PATH", $"{Path.GetDirectoryName(plain)}:{Path.GetDirectoryName(program)}")), Is.EqualTo(program));
    }

    [Test]
    public void Find_Links_AreFollowedToTheFile()
    {
        var real = Program("lib", "real.exe");
        File.CreateSymbolicLink(_folder.File("bin", "middle"), real);
        File.CreateSymbolicLink(_folder.File("bin", Name), "middle");

        Assert.That(Find(("PATH", _folder.Folder("bin"))), Is.EqualTo(real));
    }

    [Test]
    public void Find_CircularLink_IsNull()
    {
        File.CreateSymbolicLink(_folder.File("bin", Name), "other");
        File.CreateSymbolicLink(_folder.File("bin", "other"), Name);

        Assert.That(Find(("PATH", _folder.Folder("bin"))), Is.Null);
    }

    [TestCase("chosen/" + Name)]
    [TestCase("chosen")]
    public void Find_Override_GoesBeforePath(string chosen)
    {
        var program = Program("chosen", Name);
        var other = Program("bin", Name);

        Assert.That(Find(("PATH", Path.GetDirectoryName(other)!), (Override, Path.Combine(_folder.FullName, chosen))), Is.EqualTo(program));
    }

    [Test]
    public void Find_OverrideThatLeadsNowhere_IsNotReplacedByAnother()
    {
        var other = Program("bin", Name);

        Assert.That(Find(("PATH", Path.GetDirectoryName(other)!), (Override, "/nowhere")), Is.Null);
    }

    [TestCase(".local/bin")]
    [TestCase("." + Name + "/local")]
    [TestCase(".npm-global/bin")]
    [TestCase(".nvm/versions/node/v24.0.0/bin")]
    [TestCase(".bun/bin")]
    public void Find_InstallersFolder_IsKnown(string folder)
    {
        var program = Program($"home/{folder}", Name);

        Assert.That(Find(), Is.EqualTo(program));
    }

    [TestCase("prefix=~/npm")]
    [TestCase("prefix = ${HOME}/npm")]
    public void Find_PrefixOfNpmrc_IsKnown(string line)
    {
        File.WriteAllText(_folder.File("home", ".npmrc"), $"color=false\n{line}\n");
        var program = Program("home/npm/bin", Name);

        Assert.That(Find(), Is.EqualTo(program));
    }

    private string? Find(params (string Name, string Value)[] variables) => CliLocator.Find(
        new CliEnvironment
        {
            Variables = variables.ToDictionary(variable => variable.Name, variable => variable.Value),
            Home = _folder.Folder("home"),
            RunRoot = _folder.FullName,
        },
        Override,
        Name);

    private string Program(string folder, string name)
    {
        var path = _folder.File([.. folder.Split('/'), name]);
        File.WriteAllText(path, "#!/bin/sh\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }
}
