using System.Text.RegularExpressions;
using System.Xml.Linq;
using Polydev.TestKit;

namespace Polydev.Architecture.Tests;

/// <summary>
/// Dependencies run one way: <c>Protos - Shared - Broker</c> and <c>Protos - Shared - McpTunnel</c>; inside the broker
/// <c>Api - Dialects, Routing, Exchange</c> and <c>Exchange - Tunnels</c>.
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

    [TestCase("Broker/Dialects", "Polydev.Broker", "Tunnels", "Exchange", "Routing", "Keys", "Limits", "Accounts", "Usage", "Storage", "Pages", "Commands")]
    [TestCase("Broker/Routing", "Polydev.Broker", "Pages", "Storage", "Commands")]
    [TestCase("Broker/Exchange", "Polydev.Broker", "Dialects", "Pages", "Keys", "Storage", "Commands")]
    [TestCase("Broker/Tunnels", "Polydev.Broker", "Dialects", "Exchange", "Routing", "Pages", "Commands")]
    [TestCase("Broker/Keys", "Polydev.Broker", "Api", "Dialects", "Exchange", "Tunnels", "Storage", "Pages", "Commands")]
    [TestCase("McpTunnel/Clis", "Polydev.McpTunnel", "Tunnel", "Mcp", "Commands")]
    [TestCase("McpTunnel/Processes", "Polydev.McpTunnel", "Clis", "Tunnel", "Work", "Mcp", "JsonRpc", "Commands")]
    public void Folder_Uses_NothingAboveIt(string folder, string root, params string[] forbidden)
    {
        // The whole name, in a using or in the code; and the short one that the common root allows: "Tunnels.TunnelSession".
        var names = string.Join('|', forbidden);
        var use = new Regex($@"\b{Regex.Escape(root)}\.({names})\b|(?<![\w.""/])({names})\.[A-Z]");

        Assert.That(Violations(folder, use), Is.Empty);
    }

    [Test]
    public void Tunnels_Use_NoHttp() =>
        Assert.That(Violations("Broker/Tunnels", new Regex(@"\bMicrosoft\.AspNetCore\.Http\b|\bHttpContext\b|\bGetHttpContext\b")), Is.Empty);

    [Test]
    public void Dialects_Use_NoHttp() =>
        Assert.That(Violations("Broker/Dialects", new Regex(@"\bMicrosoft\.AspNetCore\b|\bHttpContext\b")), Is.Empty);

    [TestCase("Shared/Work")]
    [TestCase("Shared/Tunnel")]
    [TestCase("Shared/Models")]
    public void CanonicalTypes_Use_NoVendorJson(string folder) =>
        Assert.That(Violations(folder, new Regex(@"\bSystem\.Text\.Json\b|\bJson(Element|Node|Document|Serializer)\b")), Is.Empty);

    [TestCase("Broker/Dialects", "Dialects")]
    [TestCase("McpTunnel/Clis", "Clis")]
    public void Siblings_Use_OnlyWhatTheyShare(string parent, string name)
    {
        var siblings = SourceTree.In(parent).Select(file => file.Folder).Where(folder => folder != parent).Distinct().ToList();
        Assert.That(siblings, Is.Not.Empty);

        var violations = siblings.SelectMany(folder =>
        {
            var others = string.Join('|', siblings.Where(other => !SameFamily(folder, other)).Select(LastPart));
            return others.Length == 0 ? [] : Violations(folder, new Regex($@"\b{name}\.({others})\b"));
        });

        Assert.That(violations, Is.Empty);
    }

    /// <summary>OpenAI's two dialects share one family: the one may use the other.</summary>
    private static bool SameFamily(string left, string right) =>
        left == right || (LastPart(left).StartsWith("OpenAi", StringComparison.Ordinal) && LastPart(right).StartsWith("OpenAi", StringComparison.Ordinal));

    private static string LastPart(string folder) => folder[(folder.LastIndexOf('/') + 1)..];

    private static IEnumerable<string> Violations(string folder, Regex use) =>
        SourceTree.In(folder).SelectMany(file => use.Matches(file.Code).Select(match => $"{file.Path} uses {match.Value}"));
}
