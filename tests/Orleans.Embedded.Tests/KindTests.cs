using System.Reflection;
using System.Runtime.CompilerServices;

namespace Orleans.Embedded.Tests;

/// <summary>
/// What the listing of the real API does not say, and compilers care for: kinds and modifiers, names and defaults of parameters, constraints, accessors, constants.
/// Compared with the assemblies of Microsoft Orleans themselves, where the build on them was once restored.
/// </summary>
public sealed class KindTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Fact]
    public void Every_public_member_is_of_the_kind_it_has_in_the_real_assemblies()
    {
        var real = RealAssemblies();
        Assert.SkipWhen(real.Count == 0, "The assemblies of Microsoft Orleans are not here: dotnet restore Squad.Orleans.sln -p:OrleansRuntime=Packages.");
        using var context = new MetadataLoadContext(new PathAssemblyResolver(
            [.. real, .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(path => !Path.GetFileName(path).StartsWith("Orleans", StringComparison.Ordinal))]));
        var types = real.Select(context.LoadFromAssemblyPath).SelectMany(assembly => assembly.GetExportedTypes()).ToLookup(type => type.FullName!);

        var problems = typeof(Grain).Assembly.GetExportedTypes().SelectMany(type => Problems(type, types[type.FullName!].FirstOrDefault())).ToArray();

        Assert.True(problems.Length == 0, "Other than in the real API:\n" + string.Join('\n', problems));
    }

    private static IEnumerable<string> Problems(Type ours, Type? real)
    {
        if (real is null)
        {
            yield return $"{ours}: not in the assemblies";
            yield break;
        }

        foreach (var problem in Differences(ours.FullName!, KindOf(ours), KindOf(real)))
            yield return problem;
        if (ours.IsEnum || typeof(Delegate).IsAssignableFrom(ours))
            yield break;
        var members = real.GetMembers(Declared).Where(member => member is not Type).GroupBy(IdOf).ToDictionary(group => group.Key, group => group.First());
        foreach (var member in ours.GetMembers(Declared).Where(IsVisible))
        {
            if (members.TryGetValue(IdOf(member), out var other))
            {
                foreach (var problem in Differences(IdOf(member), KindOf(member), KindOf(other)))
                    yield return problem;
            }
        }
    }

    private static IEnumerable<string> Differences(string what, string ours, string real) => ours == real ? [] : [$"{what}\n    is   {ours}\n    real {real}"];

    private static string IdOf(MemberInfo member) => DocumentationId.Of(member).Id;

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase method => IsVisible(method) && !method.IsStaticConstructor(),
        PropertyInfo property => property.GetAccessors(true).Any(IsVisible),
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        EventInfo raised => IsVisible(raised.AddMethod!),
        _ => false,
    };

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string KindOf(Type type)
    {
        if (type.IsEnum)
            return $"enum {string.Join(' ', type.GetFields(BindingFlags.Public | BindingFlags.Static).OrderBy(field => field.Name, StringComparer.Ordinal).Select(field => $"{field.Name}={field.GetRawConstantValue()}"))}";
        if (type.BaseType?.FullName == typeof(MulticastDelegate).FullName)
            return $"delegate {KindOf((MemberInfo)type.GetMethod("Invoke")!)}";
        var kind = type.IsInterface ? "interface" : type.IsValueType ? "struct" : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";
        return $"{kind}{Constraints(type.GetGenericArguments())}{Usage(type)}";
    }

    private static string KindOf(MemberInfo member) => member switch
    {
        ConstructorInfo constructor => $"{Access(constructor)}({Parameters(constructor)})",
        MethodInfo method => $"{Access(method)}{Modifiers(method)}({Parameters(method)}){Constraints(method.GetGenericArguments())}",
        PropertyInfo property => $"{{{string.Join(' ', property.GetAccessors(true).Where(IsVisible).OrderBy(accessor => accessor.Name, StringComparer.Ordinal).Select(AccessorOf))}}}",
        FieldInfo field => field.IsLiteral ? $"const {field.GetRawConstantValue()}" : $"{(field.IsPublic ? "public" : "protected")}{(field.IsStatic ? " static" : "")}{(field.IsInitOnly ? " readonly" : "")}",
        _ => member.MemberType.ToString(),
    };

    private static string AccessorOf(MethodInfo accessor) =>
        $"{Access(accessor)}{Modifiers(accessor)} {(accessor.ReturnParameter.GetRequiredCustomModifiers().Any(modifier => modifier.FullName == typeof(IsExternalInit).FullName) ? "init" : accessor.Name[..3])}";

    private static string Access(MethodBase method) => method.IsPublic ? "public" : "protected";

    private static string Modifiers(MethodInfo method) =>
        method.IsStatic ? " static" : method.DeclaringType!.IsInterface ? method.IsAbstract ? "" : " default" : method.IsAbstract ? " abstract" : method is { IsVirtual: true, IsFinal: false } ? " virtual" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{(parameter.IsOut ? "out " : parameter.IsIn ? "in " : "")}{(Has(parameter.GetCustomAttributesData(), typeof(ParamArrayAttribute)) ? "params " : "")}{parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.RawDefaultValue ?? "null"}" : "")}"));

    private static string Constraints(Type[] arguments) => string.Concat(arguments.Where(argument => argument.IsGenericParameter).Select(argument =>
        $" where {argument.GenericParameterPosition}: {argument.GenericParameterAttributes} {string.Join(' ', argument.GetGenericParameterConstraints().Select(DocumentationId.Reference).Order(StringComparer.Ordinal))}"));

    private static string Usage(Type type) => type.GetCustomAttributesData().FirstOrDefault(data => data.AttributeType.FullName == typeof(AttributeUsageAttribute).FullName) is { } usage
        ? $" usage {usage.ConstructorArguments[0].Value} {string.Join(' ', usage.NamedArguments.Where(named => named is { MemberName: nameof(AttributeUsageAttribute.Inherited), TypedValue.Value: false } or { MemberName: nameof(AttributeUsageAttribute.AllowMultiple), TypedValue.Value: true }).Select(named => $"{named.MemberName}={named.TypedValue.Value}").Order(StringComparer.Ordinal))}"
        : "";

    private static bool Has(IEnumerable<CustomAttributeData> attributes, Type attribute) => attributes.Any(data => data.AttributeType.FullName == attribute.FullName);

    /// <summary>Those that the build on Microsoft Orleans restored.</summary>
    private static List<string> RealAssemblies()
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        // A version that is written in one place: this test must not go on skipping when that is raised.
        var version = typeof(KindTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "OrleansVersion").Value!;
        Assert.NotEmpty(version);
        return Directory.Exists(packages)
            ? [.. Directory.EnumerateDirectories(packages, "microsoft.orleans.*").Select(package => Path.Combine(package, version, "lib", "net10.0"))
                .Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "Orleans*.dll"))]
            : [];
    }
}

file static class Constructors
{
    public static bool IsStaticConstructor(this MethodBase method) => method is ConstructorInfo { IsStatic: true };
}
