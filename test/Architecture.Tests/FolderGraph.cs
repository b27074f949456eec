using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Polydev.Architecture.Tests;

/// <summary>
/// Which folder uses which, found in the syntax: a <c>using</c> of any form, a whole name, and the short ones that a common root allows
/// (<c>Tunnels.TunnelSession</c>; a type of the folder above, which needs no name before it at all).
/// </summary>
internal sealed class FolderGraph
{
    private readonly Dictionary<string, string> _folders;
    private readonly HashSet<(string Namespace, string Type)> _types;

    public FolderGraph(IReadOnlyCollection<SourceFile> files)
    {
        _folders = files.Select(file => file.Folder).Distinct().ToDictionary(NamespaceOf);
        _types = [.. files.SelectMany(file => file.Types.Select(type => (NamespaceOf(file.Folder), type)))];
        Folders = [.. _folders.Values.Order(StringComparer.Ordinal)];
        Uses = [.. files.SelectMany(UsesOf).Where(use => use.From != use.To).Distinct()];
    }

    public IReadOnlyList<string> Folders { get; }

    public IReadOnlyList<FolderUse> Uses { get; }

    /// <summary>Every set of folders that reach one another, with a file for each step between them.</summary>
    /// <param name="group">The folder that a folder is counted to: itself, or the one of the project that it stands in.</param>
    public IEnumerable<string> Cycles(Func<string, string> group)
    {
        var steps = Uses.Where(use => group(use.From) != group(use.To)).ToLookup(use => group(use.From));
        var reached = steps.ToDictionary(from => from.Key, from => Reach(from.Key));
        return reached.Where(pair => pair.Value.Contains(pair.Key))
            .Select(pair => pair.Value.Where(other => reached.TryGetValue(other, out var back) && back.Contains(pair.Key)).Order().ToList())
            .DistinctBy(circle => string.Join(' ', circle))
            .Select(circle => string.Join("; ", circle.SelectMany(from => steps[from]).Where(use => circle.Contains(group(use.To)))));

        HashSet<string> Reach(string start)
        {
            var found = new HashSet<string>();
            var open = new Stack<string>([start]);
            while (open.TryPop(out var from))
            {
                steps[from].Select(use => group(use.To)).Where(found.Add).ToList().ForEach(open.Push);
            }

            return found;
        }
    }

    private static string NamespaceOf(string folder) => "Polydev." + folder.Replace('/', '.');

    private IEnumerable<FolderUse> UsesOf(SourceFile file)
    {
        var home = NamespaceOf(file.Folder);
        foreach (var node in file.Root.DescendantNodes())
        {
            var target = node switch
            {
                UsingDirectiveSyntax { NamespaceOrType: { } name } => Target(home, NameOf(name), maybeNamespace: true),
                IdentifierNameSyntax or GenericNameSyntax => Above(home, ((SimpleNameSyntax)node).Identifier.Text),
                QualifiedNameSyntax or MemberAccessExpressionSyntax or AliasQualifiedNameSyntax =>
                    Target(home, NameOf(node), maybeNamespace: false),
                _ => null,
            };
            if (target is not null)
            {
                yield return new FolderUse(file.Folder, target, file.Path);
            }
        }
    }

    /// <summary>As the compiler looks a name up: from the namespace outwards, and last from the root.</summary>
    private string? Target(string home, string[]? name, bool maybeNamespace)
    {
        if (name is null)
        {
            return null;
        }

        for (var scope = home; ; scope = Outer(scope))
        {
            if (Find(scope.Length == 0 ? name : [.. scope.Split('.'), .. name], maybeNamespace) is { } found)
            {
                return found;
            }

            if (scope.Length == 0)
            {
                return null;
            }
        }
    }

    /// <summary>
    /// The folder of the type that stands after a namespace, so that a property's <c>Tokens.Count</c> is none; in a using also that of the
    /// namespace itself.
    /// </summary>
    private string? Find(string[] name, bool maybeNamespace)
    {
        for (var length = name.Length; length > 1; length--)
        {
            var prefix = string.Join('.', name[..length]);
            if (_folders.TryGetValue(prefix, out var folder) && (length < name.Length ? IsType(prefix, name[length]) : maybeNamespace))
            {
                return folder;
            }
        }

        return null;
    }

    /// <summary>A type of a folder above this one is seen without a using.</summary>
    private string? Above(string home, string type)
    {
        for (var scope = home; scope.Length > 0; scope = Outer(scope))
        {
            if (IsType(scope, type))
            {
                return scope == home ? null : _folders[scope];
            }
        }

        return null;
    }

    private bool IsType(string scope, string name) => _types.Contains((scope, name)) || _types.Contains((scope, name + "Attribute"));

    private static string Outer(string scope) => scope.Contains('.') ? scope[..scope.LastIndexOf('.')] : string.Empty;

    /// <summary>The parts of a dotted name; null for what is computed, such as <c>Find().Name</c>.</summary>
    private static string[]? NameOf(SyntaxNode node) => node switch
    {
        SimpleNameSyntax simple => [simple.Identifier.Text],
        AliasQualifiedNameSyntax alias => NameOf(alias.Name),
        QualifiedNameSyntax qualified => Join(qualified.Left, qualified.Right),
        MemberAccessExpressionSyntax access => Join(access.Expression, access.Name),
        _ => null,
    };

    private static string[]? Join(SyntaxNode left, SimpleNameSyntax right) =>
        NameOf(left) is { } parts ? [.. parts, right.Identifier.Text] : null;
}

/// <summary>A file in the one folder names something of the other.</summary>
internal sealed record FolderUse(string From, string To, string File)
{
    public override string ToString() => $"{File} uses {To}";
}
