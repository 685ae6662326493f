using System.Reflection;
using System.Text;
using Orleans.Runtime;

namespace Orleans.Embedded.Tests;

/// <summary>Every public type and member must be in the listing of the real API, by documentation id and return or base type.</summary>
public sealed class ConformanceTests
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private readonly Dictionary<string, string> _listed = [];

    [Fact]
    public void Every_public_member_exists_in_the_real_api()
    {
        var directory = FindListing();
        Assert.SkipWhen(directory is null, "The listing is not here: set SQUAD_ORLEANS_API to its directory.");
        foreach (var line in Directory.EnumerateFiles(directory!, "*.txt").SelectMany(File.ReadLines))
        {
            var colon = line.IndexOf(" : ", StringComparison.Ordinal);
            _listed[colon < 0 ? line : line[..colon]] = colon < 0 ? "" : line[(colon + 3)..];
        }
        Assert.True(_listed.Count > 5000, "The listing is empty or cut short.");

        var problems = typeof(Grain).Assembly.GetExportedTypes().SelectMany(Problems).ToArray();

        Assert.True(problems.Length == 0, "Not in the real API:\n" + string.Join('\n', problems));
    }

    private IEnumerable<string> Problems(Type type)
    {
        var id = "T:" + DocumentationId.Of(type);
        // The listing has no line for a struct without interfaces: its members must do.
        if (!_listed.TryGetValue(id, out var bases)
            && !(type.IsValueType && _listed.ContainsKey($"M:{id[2..]}.#ctor{FirstConstructor(type)}")))
        {
            yield return id;
            yield break;
        }
        var listedBases = SplitTopLevel(bases ?? "System.ValueType").ToHashSet();
        var baseType = type.BaseType == typeof(object) ? null : type.BaseType;
        var expected = type.GetInterfaces().Except(baseType?.GetInterfaces() ?? []).Select(DocumentationId.Reference);
        if (baseType is not null) expected = expected.Append(DocumentationId.Reference(baseType));
        foreach (var missing in expected.Where(name => !listedBases.Contains(name))) yield return $"{id}: base {missing}";
        if (typeof(Delegate).IsAssignableFrom(type)) yield break;
        foreach (var member in type.GetMembers(Declared).Where(IsVisible))
        {
            var (memberId, returns) = DocumentationId.Of(member);
            if (!_listed.TryGetValue(memberId, out var listedReturn)) yield return memberId;
            else if (returns is not null && listedReturn != returns) yield return $"{memberId}: returns {returns}, not {listedReturn}";
        }
    }

    private static string FirstConstructor(Type type) =>
        DocumentationId.Of(type.GetConstructors().First()).Id is var id && id.IndexOf('(', StringComparison.Ordinal) is >= 0 and var open ? id[open..] : "";

    private static bool IsVisible(MemberInfo member) => member switch
    {
        ConstructorInfo c => IsVisible(c) && !c.IsStatic && !(c.DeclaringType!.IsAbstract && c.GetParameters().Length == 0 && c.IsFamily),
        MethodInfo m => IsVisible(m) && (!m.IsSpecialName || m.Name.StartsWith("op_", StringComparison.Ordinal)) && !IsOverride(m),
        PropertyInfo p => p.GetAccessors(true).Any(a => IsVisible(a) && !IsOverride(a)),
        FieldInfo f => (f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly) && !f.IsSpecialName,
        EventInfo e => IsVisible(e.AddMethod!),
        _ => false,
    };

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    // What overrides a member of object is not an addition.
    private static bool IsOverride(MethodInfo method) => method.GetBaseDefinition() != method;

    private static IEnumerable<string> SplitTopLevel(string list)
    {
        var depth = 0;
        var current = new StringBuilder();
        foreach (var c in list)
        {
            if (c is '{' or '[' or '(') depth++;
            if (c is '}' or ']' or ')') depth--;
            if (c == ',' && depth == 0)
            {
                yield return current.ToString().Trim();
                current.Clear();
            }
            else current.Append(c);
        }
        if (current.Length > 0) yield return current.ToString().Trim();
    }

    private static string? FindListing()
    {
        if (Environment.GetEnvironmentVariable("SQUAD_ORLEANS_API") is { Length: > 0 } given) return given;
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var candidate = Path.Combine(directory.FullName, "shared", "orleans-api");
            if (Directory.Exists(candidate)) return candidate;
        }
        return null;
    }
}
