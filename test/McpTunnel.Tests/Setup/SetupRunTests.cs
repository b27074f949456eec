using System.Text;
using Polydev.McpTunnel.Setup;

namespace Polydev.McpTunnel.Tests.Setup;

[Platform(Exclude = "Win")]
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
internal sealed class SetupRunTests
{
    private SetupRig _rig = null!;

    [SetUp]
    public void Make() => _rig = new SetupRig();

    [TearDown]
    public void Remove() => _rig.Dispose();

    [TestCaseSource(typeof(EditorFiles), nameof(EditorFiles.All))]
    public void Run_OnAFileOfAnEditor_AddsOurEntryOnlyAndTakesItOutToTheByte(string editor, byte[] content)
    {
        var file = _rig.Write(editor, content);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        Assert.That(_rig.Run(editor, "--yes"), Is.EqualTo(SetupResult.Done), _rig.Output);
        var with = File.ReadAllBytes(file);
        Assert.That(Encoding.UTF8.GetString(with), Does.Contain("/opt/polydev-mcp").And.Contain("https://broker.example"));
        Assert.That(Inserted(content, with), Does.Contain("polydev"));
        Assert.That(with.AsSpan().StartsWith(Encoding.UTF8.Preamble), Is.EqualTo(content.AsSpan().StartsWith(Encoding.UTF8.Preamble)));
        Assert.That(File.ReadAllBytes($"{file}.polydev-backup"), Is.EqualTo(content));
        Assert.That(File.GetUnixFileMode($"{file}.polydev-backup"), Is.EqualTo(File.GetUnixFileMode(file)));

        Assert.That(_rig.Run(editor, "--yes"), Is.EqualTo(SetupResult.Done));
        Assert.That(_rig.Output, Does.Contain("unchanged"));
        Assert.That(File.ReadAllBytes(file), Is.EqualTo(with), "the second time");

        _rig.Entry = _rig.Entry with { Command = "/new/polydev-mcp", Broker = null };
        Assert.That(_rig.Run(editor, "--yes"), Is.EqualTo(SetupResult.Done));
        Assert.That(File.ReadAllText(file), Does.Contain("/new/polydev-mcp").And.Not.Contain("/opt/").And.Not.Contain("broker.example"));

        Assert.That(_rig.Run(editor, "--remove", "--yes"), Is.EqualTo(SetupResult.Done), _rig.Output);
        Assert.That(File.ReadAllBytes(file), Is.EqualTo(content));
        Assert.That(
            File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead));
        Assert.That(_rig.Files(), Has.Count.EqualTo(1), "no backup, no temporary file");
    }

    [Test]
    public void Run_WithoutAnyFile_MakesThemAndRemovesThemAgain()
    {
        var names = Editors.All.Select(editor => editor.Name).ToArray();

        Assert.That(_rig.Run([.. names, "--yes"]), Is.EqualTo(SetupResult.Done), _rig.Output);
        Assert.That(_rig.Files(), Has.Count.EqualTo(8));
        Assert.That(File.GetUnixFileMode(_rig.FileOf("codex")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));

        Assert.That(_rig.Run([.. names, "--remove", "--yes"]), Is.EqualTo(SetupResult.Done), _rig.Output);
        Assert.That(Directory.EnumerateFileSystemEntries(_rig.Home), Is.Empty);
    }

    [Test]
    public void Remove_OfAFileOfOurs_LeavesAFolderWithOthers()
    {
        var other = Path.Combine(Path.GetDirectoryName(_rig.Write("cursor", []))!, "argv.json");
        File.WriteAllText(other, "{}");
        File.Delete(_rig.FileOf("cursor"));
        _rig.Run("--yes");

        _rig.Run("--remove", "--yes");

        Assert.That(_rig.Files().Keys, Is.EqualTo(new[] { Path.Combine(".cursor", "argv.json") }));
    }

    [Test]
    public void Run_WithoutNames_TakesThoseThatAreFound()
    {
        _rig.Write("zed", "{}"u8.ToArray());
        _rig.Write("codex", "a = 1\n"u8.ToArray());

        Assert.That(_rig.Run("--yes"), Is.EqualTo(SetupResult.Done));

        Assert.That(_rig.Output, Does.Contain("Zed: ").And.Contain("Codex CLI: ").And.Not.Contain("Cursor"));
    }

    [Test]
    public void Run_WithoutAnyEditor_SaysWhichThereAre()
    {
        Assert.That(_rig.Run(), Is.EqualTo(SetupResult.Done));
        Assert.That(_rig.Output, Does.Contain("claude-code, cursor, cline, vscode, windsurf, zed, codex, gemini"));
    }

    [TestCase(null, SetupResult.NotAgreed, "Add --yes")]
    [TestCase(false, SetupResult.NotAgreed, "Nothing is changed")]
    [TestCase(true, SetupResult.Done, "Gemini CLI: done")]
    public void Run_WithoutYes_AsksIfThereIsSomebody(bool? answer, SetupResult expected, string said)
    {
        var file = _rig.Write("gemini", "{}"u8.ToArray());
        _rig.Answer = answer;

        Assert.That(_rig.Run(), Is.EqualTo(expected));

        Assert.That(_rig.Output, Does.Contain("+   \"mcpServers\": {").And.Contain(said));
        Assert.That(_rig.Questions, Has.Count.EqualTo(answer is null ? 0 : 1));
        Assert.That(File.ReadAllText(file) != "{}", Is.EqualTo(answer == true));

        // Nothing to do is nothing to ask.
        _rig.Run("--yes");
        _rig.Answer = null;
        Assert.That(_rig.Run(), Is.EqualTo(SetupResult.Done));
    }

    [TestCase("--dry-run")]
    [TestCase("--dry-run --yes")]
    public void DryRun_Always_OnlyShows(string arguments)
    {
        _rig.Write("gemini", "{}"u8.ToArray());
        _rig.Write("codex", "a = 1"u8.ToArray());
        var before = _rig.Files();

        Assert.That(_rig.Run([.. arguments.Split(' ')]), Is.EqualTo(SetupResult.Done));

        Assert.That(_rig.Output, Does.Contain("+ [mcp_servers.polydev]"));
        Assert.That(_rig.Files(), Is.EqualTo(before));
    }

    [TestCase("gemini", "{ \"mcpServers\": [ }")]
    [TestCase("gemini", "\"é\" \0")]
    [TestCase("codex", "a = = 1")]
    public void Run_OnAFileThatIsNotUnderstood_LeavesItAloneAndSaysWhatToPaste(string editor, string text)
    {
        var file = _rig.Write(editor, Encoding.UTF8.GetBytes(text));
        _rig.Write("zed", "{}"u8.ToArray());

        Assert.That(_rig.Run("--yes"), Is.EqualTo(SetupResult.Failed));

        Assert.That(File.ReadAllText(file), Is.EqualTo(text));
        Assert.That(_rig.Output, Does.Contain("left alone: it").And.Contain("Paste this").And.Contain("/opt/polydev-mcp"));
        Assert.That(File.ReadAllText(_rig.FileOf("zed")), Does.Contain("polydev"), "the others are set up");
        Assert.That(_rig.Run("--remove", "--yes"), Is.EqualTo(SetupResult.Failed));
    }

    [Test]
    public void Run_OnOtherEncodings_LeavesThemAlone()
    {
        var content = Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("{}")).ToArray();
        var file = _rig.Write("gemini", content);

        Assert.That(_rig.Run("--yes"), Is.EqualTo(SetupResult.Failed));

        Assert.That(_rig.Output, Does.Contain("left alone: it is not UTF-8"));
        Assert.That(File.ReadAllBytes(file), Is.EqualTo(content));
    }

    [Test]
    public void Run_OnALink_ChangesTheFileBehindIt()
    {
        var real = Path.Combine(_rig.Home, "dotfiles", "gemini.json");
        Directory.CreateDirectory(Path.GetDirectoryName(real)!);
        File.WriteAllText(real, "{}");
        var link = _rig.FileOf("gemini");
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(link, "../dotfiles/gemini.json");

        Assert.That(_rig.Run("--yes"), Is.EqualTo(SetupResult.Done));

        Assert.That(new FileInfo(link).LinkTarget, Is.EqualTo("../dotfiles/gemini.json"));
        Assert.That(File.ReadAllText(real), Does.Contain("polydev"));
        Assert.That(_rig.Output, Does.Contain($"{link} -> {real}"));
        Assert.That(_rig.Run("--remove", "--yes"), Is.EqualTo(SetupResult.Done));
        Assert.That(File.ReadAllText(real), Is.EqualTo("{}"));
    }

    [Test]
    public void Run_OnABrokenLink_LeavesItAlone()
    {
        var link = _rig.FileOf("gemini");
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(link, "nowhere");

        Assert.That(_rig.Run("gemini", "--yes"), Is.EqualTo(SetupResult.Failed));

        Assert.That(_rig.Output, Does.Contain("a link that leads nowhere"));
        Assert.That(new FileInfo(link).LinkTarget, Is.EqualTo("nowhere"));
    }

    [Test]
    public void Run_OnAWriteProtectedFile_LeavesItAlone()
    {
        var file = _rig.Write("gemini", "{}"u8.ToArray());
        File.SetUnixFileMode(file, UnixFileMode.UserRead);

        Assert.That(_rig.Run("--yes"), Is.EqualTo(SetupResult.Failed));
        Assert.That(_rig.Output, Does.Contain("left alone: it is write-protected"));
    }

    [Test]
    public void Apply_OfAFileThatChangedMeanwhile_LeavesItAlone()
    {
        var file = _rig.Write("gemini", "{}"u8.ToArray());
        var plan = SetupPlan.ToPut(SetupRig.Editor("gemini"), file, _rig.Entry);
        File.WriteAllText(file, """{"later":1}""");

        Assert.That(() => plan.Apply(null!), Throws.Exception.With.Message.Contains("changed by another program"));

        Assert.That(File.ReadAllText(file), Is.EqualTo("""{"later":1}"""));
        Assert.That(_rig.Files(), Has.Count.EqualTo(1));
    }

    [Test]
    public void Run_AfterTheEntryWasTakenOutByHand_KeepsTheFirstBackupToo()
    {
        var file = _rig.Write("gemini", """{"first":1}"""u8.ToArray());
        _rig.Run("--yes");
        File.WriteAllText(file, """{"second":2,"mcpServers":{}}""");
        _rig.Run("--yes");

        Assert.That(File.ReadAllText($"{file}.polydev-backup"), Is.EqualTo("""{"first":1}"""));
        Assert.That(File.ReadAllText($"{file}.polydev-backup-2"), Is.EqualTo("""{"second":2,"mcpServers":{}}"""));

        _rig.Run("--remove", "--yes");
        Assert.That(File.ReadAllText(file), Is.EqualTo("""{"second":2,"mcpServers":{}}"""));
        Assert.That(_rig.Files(), Has.Count.EqualTo(2));
    }

    [Test]
    public void Output_OfAnyChange_ShowsNoSecrets()
    {
        const string Own = """{"command":"/old","env":{"POLYDEV_USER_TOKEN":"pd_secret1"}}""";
        const string Text = $$$"""{"mcpServers":{"a":{"env":{"KEY":"sk-neighbour"}},"polydev":{{{Own}}}}}""";
        _rig.Write("gemini", Encoding.UTF8.GetBytes(Text));

        _rig.Run("--dry-run");
        var put = _rig.Output;
        _rig.Run("--dry-run", "--remove");

        Assert.That(put, Does.Contain("- \"/old\"").And.Contain("+ \"/opt/polydev-mcp\""));
        Assert.That(put + _rig.Output, Does.Not.Contain("sk-neighbour").And.Not.Contain("secret1"));
        Assert.That(_rig.Output, Does.Contain("pd_…"));
    }

    // Every byte of the file is there in its place: one piece has come in, and perhaps a comma before what stands ahead of it.
    private static string Inserted(byte[] before, byte[] after)
    {
        var head = before.AsSpan().CommonPrefixLength(after);
        var tail = 0;
        while (tail < before.Length - head && before[^(tail + 1)] == after[^(tail + 1)])
        {
            tail++;
        }

        var (kept, middle) = (before[head..^tail], after[head..^tail]);
        byte[] ahead = kept.Length == 0 ? [] : [(byte)',', .. kept];
        Assert.That(middle[..Math.Min(middle.Length, ahead.Length)], Is.EqualTo(ahead), "more than a comma and our entry");
        return Encoding.UTF8.GetString(middle[ahead.Length..]);
    }
}
