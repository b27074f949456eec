using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Polydev.TestKit;

namespace Polydev.Architecture.Tests;

/// <summary>
/// What the layers of the folders do not say: between projects dependencies run <c>Protos - Shared - Broker</c> and
/// <c>Protos - Shared - McpTunnel</c>, and some folders know nothing of a technology, or only the records of another.
/// </summary>
public sealed class DependencyTests
{
    [TestCase("Protos")]
    [TestCase("Shared", "Protos")]
    [TestCase("Broker", "Protos", "Shared")]
    [TestCase("McpTunnel", "Protos", "Shared")]
    public void Project_References_OnlyWhatStandsBelow(string project, params string[] below)
    {
        var references = XDocument.Load(Path.Combine(RepositoryFolders.Root, project, $"{project}.csproj"))
            .Descendants("ProjectReference")
            .Where(reference => reference.Attribute("ReferenceOutputAssembly")?.Value != "false")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));

        Assert.That(references, Is.SubsetOf(below));
    }

    /// <summary>A using for a whole project would hide from the reader, and from the table of layers, what a folder uses.</summary>
    [Test]
    public void Usings_OfOurOwn_StandInTheFileThatNeedsThem()
    {
        var inProjects = new[] { "Broker", "McpTunnel", "Shared", "Protos" }
            .SelectMany(project => XDocument.Load(Path.Combine(RepositoryFolders.Root, project, $"{project}.csproj")).Descendants("Using"))
            .Select(use => use.ToString());
        var inFiles = SourceTree.Product
            .Where(file => file.Root.Usings.Any(use => use.GlobalKeyword.Text.Length > 0))
            .Select(file => file.Path);

        Assert.That(inProjects.Concat(inFiles), Is.Empty);
    }

    [Test]
    public void Tunnels_Use_NoHttp() =>
        Assert.That(
            Violations("Broker/Tunnels", new Regex(@"\bMicrosoft\.AspNetCore\.Http\b|\bHttpContext\b|\bGetHttpContext\b")),
            Is.Empty);

    [TestCase("Broker/Dialects")]
    [TestCase("Broker/Conversations")]
    [TestCase("Broker/Routing")]
    public void Dialects_AndBelow_UseNoHttp(string folder) =>
        Assert.That(Violations(folder, new Regex(@"\bMicrosoft\.AspNetCore\b|\bHttpContext\b")), Is.Empty);

    [TestCase("Shared/Work")]
    [TestCase("Shared/Tunnel")]
    [TestCase("Shared/Models")]
    public void CanonicalTypes_Use_NoVendorJson(string folder) =>
        Assert.That(Violations(folder, new Regex(@"\bSystem\.Text\.Json\b|\bJson(Element|Node|Document|Serializer)\b")), Is.Empty);

    /// <summary>The directory is data: everyone else reads records, and a route names a session by its id.</summary>
    [Test]
    public void LiveSessions_AreHeld_ByExchangeAndTunnelsAlone()
    {
        var holders = SourceTree.In("Broker").Where(file => !file.IsIn("Broker/Exchange") && !file.IsIn("Broker/Tunnels"));

        Assert.That(holders.Where(file => Names(file).Overlaps(["TunnelSession", "TunnelRegistry"])), Is.Empty);
    }

    /// <summary>Dialects write lists of models, but do not route.</summary>
    [Test]
    public void Dialects_OfRouting_UseTheRecordsAlone()
    {
        string[] records = ["ListedModel", "ModelRoute"];
        var others = SourceTree.In("Broker/Routing").SelectMany(file => file.Types).Except(records).ToList();
        Assert.That(others, Does.Contain("ModelRouter"));

        Assert.That(SourceTree.In("Broker/Dialects").Where(file => Names(file).Overlaps(others)), Is.Empty);
    }

    private static HashSet<string> Names(SourceFile file) =>
        [.. file.Root.DescendantNodes().OfType<SimpleNameSyntax>().Select(name => name.Identifier.Text)];

    private static IEnumerable<string> Violations(string folder, Regex use) =>
        SourceTree.In(folder).SelectMany(file => use.Matches(file.Code).Select(match => $"{file.Path} uses {match.Value}"));
}
