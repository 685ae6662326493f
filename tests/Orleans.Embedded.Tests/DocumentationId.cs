using System.Reflection;

namespace Orleans.Embedded.Tests;

/// <summary>Names types and members as XML documentation does, e.g. <c>M:N.C.F(System.Collections.Generic.List{System.Int32})</c>.</summary>
internal static class DocumentationId
{
    public static string Of(Type type) => type.FullName!.Replace('+', '.');

    /// <summary>A member's id, and what it returns or holds (null for constructors).</summary>
    public static (string Id, string? Returns) Of(MemberInfo member)
    {
        var owner = Of(member.DeclaringType!);
        return member switch
        {
            ConstructorInfo c => ($"M:{owner}.#ctor{Parameters(c)}", null),
            MethodInfo m => ($"M:{owner}.{m.Name}{Arity(m)}{Parameters(m)}{Conversion(m)}", Reference(m.ReturnType)),
            PropertyInfo p => ($"P:{owner}.{p.Name}{Index(p)}", Reference(p.PropertyType)),
            FieldInfo f => ($"F:{owner}.{f.Name}", Reference(f.FieldType)),
            EventInfo e => ($"E:{owner}.{e.Name}", Reference(e.EventHandlerType!)),
            _ => throw new ArgumentException($"Unexpected member {member}."),
        };
    }

    /// <summary>A type as it is referred to in a signature.</summary>
    public static string Reference(Type type)
    {
        if (type.IsGenericParameter) return (type.DeclaringMethod is null ? "`" : "``") + type.GenericParameterPosition;
        if (type.IsByRef) return Reference(type.GetElementType()!) + "@";
        if (type.IsArray) return Reference(type.GetElementType()!) + "[]";
        if (type.IsPointer) return Reference(type.GetElementType()!) + "*";
        if (!type.IsGenericType) return type.FullName!.Replace('+', '.');
        var name = type.GetGenericTypeDefinition().FullName!.Replace('+', '.');
        return $"{name[..name.IndexOf('`', StringComparison.Ordinal)]}{{{string.Join(',', type.GetGenericArguments().Select(Reference))}}}";
    }

    private static string Arity(MethodInfo method) => method.IsGenericMethod ? $"``{method.GetGenericArguments().Length}" : "";

    private static string Parameters(MethodBase method) => method.GetParameters() is { Length: > 0 } parameters
        ? $"({string.Join(',', parameters.Select(parameter => Reference(parameter.ParameterType)))})"
        : "";

    private static string Index(PropertyInfo property) => property.GetIndexParameters() is { Length: > 0 } parameters
        ? $"({string.Join(',', parameters.Select(parameter => Reference(parameter.ParameterType)))})"
        : "";

    private static string Conversion(MethodInfo method) =>
        method.Name is "op_Implicit" or "op_Explicit" ? "~" + Reference(method.ReturnType) : "";
}
