namespace Polydev.Architecture.Tests;

/// <summary>The folders' dependencies run one way, and as the table says; the checker itself is tried on what once was wrong.</summary>
public sealed class LayerTests
{
    private static readonly FolderGraph Graph = new(SourceTree.Product);

    [Test]
    public void Folders_All_UseOnlyWhatTheTableAllows() =>
        Assert.That(Layers.Violations(Graph), Is.Empty, string.Join('\n', Layers.Violations(Graph)));

    [Test]
    public void Folders_None_UseOneAnotherInACircle() => Assert.That(Graph.Cycles(folder => folder), Is.Empty);

    /// <summary>Dialects as one, with its four below it: two families that each look right may still hold each other up.</summary>
    [Test]
    public void Concepts_None_UseOneAnotherInACircle() => Assert.That(Graph.Cycles(Concept), Is.Empty);

    [Test]
    public void Table_Rows_NameOnlyWhatStandsFurtherDown()
    {
        var order = Layers.Rows.Select(row => row.Folder).ToList();
        var upward = Layers.Rows.SelectMany(row => row.Below.Where(below => order.IndexOf(below) <= order.LastIndexOf(row.Folder))
            .Select(below => $"{row.Folder} > {below}"));

        Assert.That(upward, Is.Empty);
    }

    [Test]
    public void Table_Rows_NameOnlyFoldersThatThereAre() =>
        Assert.That(Layers.Rows.Select(row => row.Folder).Distinct(), Is.EquivalentTo(Graph.Folders));

    /// <summary>Each dependency that was taken out, put back in every way that C# has to name a type.</summary>
    [TestCase("Broker", "Routing", "Exchange", "IWorkExchange")]
    [TestCase("Broker", "Pages", "Commands", "ServeCommand")]
    [TestCase("Broker", "Routing", "Dialects", "IDialect")]
    [TestCase("McpTunnel", "Diagnostics", "Tunnel", "TunnelWorker")]
    public void Violations_ARemovedDependencyPutBack_AreThatOne(string project, string from, string to, string type)
    {
        var (home, other) = ($"Polydev.{project}.{from}", $"Polydev.{project}.{to}");
        string[] forms =
        [
            $"using {other};",
            $"namespace {home} {{ using {to}; }}",
            $"using static {other}.{type};",
            $"using Alias = {other}.{type};",
            $"using Alias = {other};",
            $"namespace {home}; class C {{ {other}.{type} F; }}",
            $"namespace {home}; class C {{ object F = global::{other}.{type}.Value; }}",
            $"namespace {home}; class C {{ object F = {project}.{to}.{type}.Value; }}",
            $"namespace {home}; class C {{ {to}.{type} F; }}",
            $"namespace {home}; class C {{ object F() => {to}.{type}.Find().Name; }}",
            $"namespace {home}; class C : List<{to}.{type}>;",
            $"namespace {home}; [{to}.{type}] class C;",
        ];
        var putBack = forms.Select((code, index) => new SourceFile($"{project}/{from}/PutBack{index}.cs", code)).ToList();

        var graph = new FolderGraph([.. SourceTree.Product, .. putBack]);

        var expected = putBack.Select(file => $"{file} uses {project}/{to}").ToList();
        Assert.That(Layers.Violations(graph).Except(Layers.Violations(Graph)), Is.EquivalentTo(expected));
        Assert.That(graph.Cycles(Concept).SelectMany(circle => circle.Split("; ")), Is.SupersetOf(expected));
    }

    [TestCase("Broker/Parcels", "namespace Polydev.Broker.Parcels; class C;", "Broker/Parcels is in no layer")]
    [TestCase("Broker/Dialects/Mistral", "namespace Polydev.Broker.Dialects.Mistral; class C;", "Broker/Dialects/Mistral is in no layer")]
    public void Violations_AFolderThatNoRowHas_IsOne(string folder, string code, string expected)
    {
        var graph = new FolderGraph([.. SourceTree.Product, new SourceFile($"{folder}/C.cs", code)]);

        Assert.That(Layers.Violations(graph), Has.Some.EqualTo(expected));
    }

    [Test]
    public void Uses_OnlyInAComment_AStringOrAPropertyOfThatName_AreNone()
    {
        var graph = new FolderGraph(
        [
            new SourceFile("Shared/Tokens/Token.cs", "namespace Polydev.Shared.Tokens; class Token;"),
            new SourceFile("Shared/Models/Model.cs", """
                namespace Polydev.Shared.Models;
                /// <summary>See <see cref="Tokens.Token"/>.</summary>
                class Model { List<int> Tokens; int F => Tokens.Count; string S => "Tokens.Token"; } // Tokens.Token
                """),
        ]);

        Assert.That(graph.Uses, Is.Empty);
    }

    [Test]
    public void Uses_OfTheFolderAbove_NeedNoUsing()
    {
        var graph = new FolderGraph(
        [
            new SourceFile(
                "Broker/Dialects/IDialect.cs",
                "namespace Polydev.Broker.Dialects; interface IDialect; class D { Gemini.GeminiDialect F; }"),
            new SourceFile(
                "Broker/Dialects/Gemini/GeminiDialect.cs",
                "namespace Polydev.Broker.Dialects.Gemini; class GeminiDialect : IDialect;"),
        ]);

        Assert.That(graph.Cycles(folder => folder), Has.Exactly(1).Items.And.Some.Contains("GeminiDialect.cs uses Broker/Dialects"));
    }

    private static string Concept(string folder) => string.Join('/', folder.Split('/').Take(2));
}
