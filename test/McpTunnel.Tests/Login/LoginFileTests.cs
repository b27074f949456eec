using System.Runtime.Versioning;
using Polydev.McpTunnel.Tunnel;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Login;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LoginFileTests
{
    private static readonly StoredLogin Login = new(new Uri("https://broker.example"), "pd_x", "studio");

    private readonly TemporaryFolder _folder = new();
    private readonly LoginFile _file;

    public LoginFileTests() => _file = Of(("XDG_CONFIG_HOME", _folder.FullName), ("HOME", "/nowhere"));

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    [Platform("Linux")]
    public void Of_TheEnvironment_IsInTheUsersConfiguration() => Assert.Multiple(() =>
    {
        Assert.That(_file.Path, Is.EqualTo(Path.Combine(_folder.FullName, "polydev", "credentials.json")));
        Assert.That(Of(("HOME", "/home/ann")).Path, Is.EqualTo("/home/ann/.config/polydev/credentials.json"));
        Assert.That(Of(("HOME", "/home/ann"), ("XDG_CONFIG_HOME", "relative")).Path, Does.StartWith("/home/ann/.config"));
        Assert.That(Of().Path, Is.Null);
    });

    [Test]
    public void Write_ThenRead_IsTheSame()
    {
        Assert.That(_file.Read(), Is.Null);
        _file.Write(Login with { Token = "pd_old" });

        _file.Write(Login);

        Assert.That(_file.Read(), Is.EqualTo(Login));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(_file.Path)!), Has.Length.EqualTo(1), "nothing is left beside it");
    }

    [Test]
    [Platform(Exclude = "Win")]
    [UnsupportedOSPlatform("windows")]
    public void Write_OverAFileThatOthersMayRead_IsForThisUserAlone()
    {
        _file.Write(Login);
        File.SetUnixFileMode(_file.Path!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        _file.Write(Login);

        Assert.That(File.GetUnixFileMode(_file.Path!), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(
            File.GetUnixFileMode(Path.GetDirectoryName(_file.Path)!),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [TestCase("{")]
    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("""{"broker":"ftp://x","token":"pd_x","machine_name":"x"}""")]
    [TestCase("""{"broker":"https://x","token":"","machine_name":"x"}""")]
    public void Read_WhatLoginDoesNotWrite_SaysWhatToDo(string text)
    {
        File.WriteAllText(_folder.File("polydev", "credentials.json"), text);

        Assert.That(() => _file.Read(), Throws.TypeOf<LoginFileException>().With.Message.Contains("Log in again"));
    }

    [Test]
    public void Delete_TwiceOver_LeavesNothing()
    {
        _file.Write(Login);

        _file.Delete();
        _file.Delete();

        Assert.That((_file.Read(), _file.Look()), Is.EqualTo(((StoredLogin?)null, "")));
    }

    [Test]
    public void Write_WithoutAHome_SaysWhatToSet() =>
        Assert.That(() => Of().Write(Login), Throws.TypeOf<LoginFileException>().With.Message.Contains("XDG_CONFIG_HOME"));

    [Test]
    public void ToString_OfALogin_KeepsTheToken() => Assert.That(Login.ToString(), Does.Not.Contain("pd_x"));

    private static LoginFile Of(params (string Name, string Value)[] variables) =>
        LoginFile.Of(variables.ToDictionary(one => one.Name, one => one.Value));
}
